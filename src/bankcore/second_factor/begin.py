"""BeginSecondFactor: a user who knows the password gets a secret for a device; it counts once a code confirms it."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from bankcore.actions import Subject
from bankcore.errors import BankcoreError, InvalidRequestError, InvalidStateError, UnauthenticatedError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.identifiers import UserId
from bankcore.identity.actions import SECOND_FACTOR_BEGUN
from bankcore.identity.events import SecondFactorChanged
from bankcore.identity.passwords import normalize_password
from bankcore.identity.ports import IdentityUnit
from bankcore.identity.second_factors import OneTimeCodes
from bankcore.identity.users import User
from bankcore.origin import Origin
from bankcore.second_factor.guesses import CodeGuesses

# Without the password, because a fast hash of a password can be guessed.
_FINGERPRINT: Final = sha256(b'["second factor", "begin"]').digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecondFactor:
    """Who wants a second factor, proven by the password: a stolen session must not lock its user out."""

    user_id: UserId
    password: str = field(repr=False)
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginSecondFactor:
    """Begins second factors of one tenant's users."""

    guesses: CodeGuesses
    codes: OneTimeCodes
    issuer: str

    def __call__(self, new: NewSecondFactor, *, origin: Origin) -> Accepted[str | None]:
        """The `otpauth:` address for the device; None when the answer is given again.

        An unconfirmed factor of before is replaced.

        Raises:
            InvalidRequestError: that is not the password.
            InvalidStateError: the user has a second factor.
            NotFoundError: there is no such user.
            ThrottledError: too many wrong passwords and codes.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        user = self.guesses.find(new.user_id)
        self._require_password(user, new.password, origin)
        # Made before the unit of work, so that one that is submitted again after a lost answer shows the same secret.
        secret = self.codes.new_secret()
        key = key_of(origin, new.idempotency_key)
        units = self.guesses.proof.units
        answer = answer_once(units, key, _FINGERPRINT, lambda unit: _Beginning(unit, self, user, secret, origin))
        # Not in the keyed unit of work, since a repeat has proven the password too.
        units.run(lambda unit: self.guesses.forgive(unit, user, origin))
        return answer

    def _require_password(self, user: User, password: str, origin: Origin) -> None:
        try:
            self.guesses.proof.require(user.email, normalize_password(password), origin=origin)
        except UnauthenticatedError:
            raise InvalidRequestError(pointer="/password", detail="this is not the password") from None


@dataclass(frozen=True, slots=True)
class _Beginning(KeyedTask[str | None]):
    unit: IdentityUnit
    begin: BeginSecondFactor
    user: User
    secret: bytes = field(repr=False)
    origin: Origin

    def decide(self) -> str | Rejected:
        user_id = self.user.id
        if not self.unit.factors.begin_factor(user_id, self.secret):
            return Rejected(InvalidStateError(resource="second_factor", identifier=str(user_id), state="confirmed"))
        stamp = self.unit.new_stamp(self.origin)
        self.unit.publish([SecondFactorChanged(stamp, SECOND_FACTOR_BEGUN, user_id)])
        return self._address()

    def refused(self, reason: BankcoreError) -> CommandRefused:
        stamp = self.unit.new_stamp(self.origin)
        return CommandRefused(stamp, SECOND_FACTOR_BEGUN, Subject("user", self.user.id), reason)

    def encode(self, value: str | None) -> bytes:  # noqa: ARG002 - the secret is shown once
        return b"null"

    def decode(self, encoded: bytes) -> str | None:  # noqa: ARG002 - there is nothing in it
        is_ours = self.unit.factors.find_secret(self.user.id) == self.secret
        return self._address() if is_ours else None

    def _address(self) -> str:
        return self.begin.codes.address_of(self.secret, account=self.user.email, issuer=self.begin.issuer)
