"""CodedDeeds: what a user does with a code: confirm the factor, get other recovery codes, or remove the factor."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple, TypeVar

from bankcore.actions import Action, Subject
from bankcore.errors import BankcoreError, InvalidStateError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.identifiers import SessionId, UserId
from bankcore.identity.actions import (
    RECOVERY_CODE_USED,
    RECOVERY_CODES_RENEWED,
    SECOND_FACTOR_CONFIRMED,
    SECOND_FACTOR_REMOVED,
)
from bankcore.identity.events import SecondFactorChanged, SessionSteppedUp
from bankcore.identity.ports import IdentityUnit
from bankcore.identity.second_factors import CodeProof, CodeVerdict
from bankcore.identity.users import User
from bankcore.origin import Origin
from bankcore.second_factor.guesses import CodeGuesses, WrongCodeError

T = TypeVar("T")
Codes = tuple[str, ...] | None
"""Recovery codes; None when the answer is given again, since they are shown once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCode:
    """A code that a user sent; a repeat with the same key is answered, whatever its code."""

    user_id: UserId
    otp: str = field(repr=False)
    session_id: SessionId | None = None
    """The session that the code came in; one that confirms the factor is also a proof of it."""
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class CodedDeeds:
    """Deeds of one tenant's users, each proven by a code. A wrong one counts as a wrong password does."""

    guesses: CodeGuesses
    proof: CodeProof

    def confirm(self, sent: SentCode, *, origin: Origin) -> Accepted[Codes]:
        """Let the factor count from now on, as proven in the session of the code. Returns the recovery codes.

        Raises:
            NotFoundError: the user has begun none.
            InvalidStateError: it is confirmed.
            InvalidRequestError: the code is wrong.
            ThrottledError: too many wrong passwords and codes.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        new = self.proof.recovery.new_codes()
        return self._answer(sent, SECOND_FACTOR_CONFIRMED, origin, lambda unit, asked: _Confirming(unit, asked, new))

    def renew_recovery_codes(self, sent: SentCode, *, origin: Origin) -> Accepted[Codes]:
        """Make new recovery codes; no earlier one is good any more. Raises: as `confirm`."""
        new = self.proof.recovery.new_codes()
        return self._answer(sent, RECOVERY_CODES_RENEWED, origin, lambda unit, asked: _Renewing(unit, asked, new))

    def remove(self, sent: SentCode, *, origin: Origin) -> Accepted[None]:
        """Remove the factor: the password is enough from now on. Raises: as `confirm`."""
        return self._answer(sent, SECOND_FACTOR_REMOVED, origin, _Removing)

    def _answer(
        self,
        sent: SentCode,
        action: Action,
        origin: Origin,
        begin: "Callable[[IdentityUnit, _AskedWithCode], KeyedTask[T]]",
    ) -> Accepted[T]:
        user = self.guesses.admit(sent.user_id, origin)
        # Without the code: who sends the request again has another one by then, and is shown nothing.
        fingerprint = sha256(action.name.encode()).digest()
        units, key = self.guesses.proof.units, key_of(origin, sent.idempotency_key)
        asked = _AskedWithCode(self.guesses, self.proof, user, sent, action, origin)
        try:
            return answer_once(units, key, fingerprint, lambda unit: begin(unit, asked))
        except WrongCodeError:
            raise self.guesses.refuse(user, origin) from None


class _AskedWithCode(NamedTuple):
    """What is asked, by whom, and with which code."""

    guesses: CodeGuesses
    proof: CodeProof
    user: User
    sent: SentCode
    action: Action
    origin: Origin


@dataclass(frozen=True, slots=True)
class _CodedTask(KeyedTask[T]):
    unit: IdentityUnit
    asked: _AskedWithCode = field(repr=False)

    def decide(self) -> T | Rejected:
        refusal = self._find_refusal()
        if refusal is not None:
            return Rejected(refusal)
        self.asked.guesses.forgive(self.unit, self.asked.user, self.asked.origin)
        self._publish(self.asked.action)
        return self._carry_out()

    def refused(self, reason: BankcoreError) -> CommandRefused:
        stamp = self.unit.new_stamp(self.asked.origin)
        return CommandRefused(stamp, self.asked.action, Subject("user", self.asked.user.id), reason)

    def _find_refusal(self) -> BankcoreError | None:
        """Why the factor does not allow it. Raises: WrongCodeError."""
        factors, user_id = self.unit.factors, self.asked.user.id
        verdict = self.asked.proof.judge(factors, user_id, self.asked.sent.otp, now=self.unit.opened_at)
        if verdict is CodeVerdict.NOT_NEEDED:
            return NotFoundError(resource="second_factor", identifier=str(user_id))
        if not verdict.lets_in:
            raise WrongCodeError
        if verdict is CodeVerdict.RECOVERED:
            self._publish(RECOVERY_CODE_USED)
        return None

    def _publish(self, action: Action) -> None:
        self.unit.publish([SecondFactorChanged(self.unit.new_stamp(self.asked.origin), action, self.asked.user.id)])

    @abstractmethod
    def _carry_out(self) -> T: ...

    def encode(self, value: T) -> bytes:  # noqa: ARG002 - what is told once is not kept
        return b"null"


@dataclass(frozen=True, slots=True)
class _Renewing(_CodedTask[Codes]):
    new: tuple[str, ...] = field(repr=False)

    def _carry_out(self) -> Codes:
        return self._give_codes()

    def _give_codes(self) -> Codes:
        digest_of = self.asked.proof.recovery.digest_of
        self.unit.factors.replace_recovery_codes(
            self.asked.user.id, [digest_of(self.asked.user.id, code) for code in self.new]
        )
        return self.new

    def decode(self, encoded: bytes) -> Codes:  # noqa: ARG002 - there is nothing in it
        # A unit of work that is submitted again after a lost answer shows the codes that it made.
        first = self.asked.proof.recovery.digest_of(self.asked.user.id, self.new[0])
        return self.new if self.unit.factors.has_recovery_code(self.asked.user.id, first) else None


@dataclass(frozen=True, slots=True)
class _Confirming(_Renewing):
    def _find_refusal(self) -> BankcoreError | None:
        factors, user_id = self.unit.factors, self.asked.user.id
        # In the order of the locks: a session before a factor.
        session_id = self.asked.sent.session_id
        if session_id is not None:
            self.unit.lock_session(session_id)
        factor = factors.lock_factor(user_id)
        if factor is None:
            return NotFoundError(resource="second_factor", identifier=str(user_id))
        if factor.is_confirmed:
            return InvalidStateError(resource="second_factor", identifier=str(user_id), state="confirmed")
        if not self.asked.proof.use(factors, user_id, self.asked.sent.otp, now=self.unit.opened_at):
            raise WrongCodeError
        return None

    def _carry_out(self) -> Codes:
        user_id, session_id = self.asked.user.id, self.asked.sent.session_id
        self.unit.factors.confirm_factor(user_id)
        if session_id is not None:
            self.unit.prove_session(session_id)
            self.unit.publish([SessionSteppedUp(self.unit.new_stamp(self.asked.origin), user_id, session_id)])
        return self._give_codes()


@dataclass(frozen=True, slots=True)
class _Removing(_CodedTask[None]):
    def _carry_out(self) -> None:
        self.unit.factors.remove_factor(self.asked.user.id)

    def decode(self, encoded: bytes) -> None:
        """Nothing is told."""
