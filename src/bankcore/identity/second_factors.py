"""Second factors as a login asks for them: a code of the user's device, or a recovery code; each is good once."""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hmac import compare_digest
from typing import Final, Protocol

from bankcore.identifiers import UserId

STEP: Final = timedelta(seconds=30)
"""How long a device shows one code (RFC 6238)."""

RECOVERY_CODES: Final = 10

# One step back and one forward: clocks of devices are not exact, and people type slowly (RFC 6238, 5.2).
_DRIFTS: Final = (-1, 0, 1)
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """The second factor of a user; it counts once a code has confirmed it."""

    user_id: UserId
    created_at: datetime
    confirmed_at: datetime | None = None
    last_used_step: int = 0
    """The step of the latest code that was accepted: this one and all earlier ones are used up."""

    @property
    def is_confirmed(self) -> bool:
        """Whether a login has to prove it."""
        return self.confirmed_at is not None


class SecondFactors(Protocol):
    """Second factors of one tenant's users inside one unit of work."""

    @abstractmethod
    def lock_factor(self, user_id: UserId) -> SecondFactor | None:
        """The user's factor as it is now, locked until the unit of work ends."""

    @abstractmethod
    def begin_factor(self, user_id: UserId, secret: bytes) -> bool:
        """Keep an unconfirmed factor with that secret, in the place of an unconfirmed one; False if it is confirmed."""

    @abstractmethod
    def confirm_factor(self, user_id: UserId) -> None:
        """Let the locked factor count from now on."""

    @abstractmethod
    def find_secret(self, user_id: UserId) -> bytes | None:
        """What the user's device and the bank share.

        Raises:
            UnreadableSecretError: it was changed, moved, or its key is lost.
        """

    @abstractmethod
    def use_step(self, user_id: UserId, step: int) -> bool:
        """Use the code of that step up, and all earlier ones; False if it is used up already."""

    @abstractmethod
    def replace_recovery_codes(self, user_id: UserId, digests: Iterable[bytes]) -> None:
        """Keep these recovery codes; all earlier ones are good no more."""

    @abstractmethod
    def has_recovery_code(self, user_id: UserId, digest: bytes) -> bool:
        """Whether this recovery code is good."""

    @abstractmethod
    def use_recovery_code(self, user_id: UserId, digest: bytes) -> bool:
        """Use this recovery code up; False if it is not good."""

    @abstractmethod
    def remove_factor(self, user_id: UserId) -> None:
        """Forget the user's factor, its secret and its recovery codes."""


class OneTimeCodes(Protocol):
    """Computes what a device shows."""

    @abstractmethod
    def new_secret(self) -> bytes:
        """160 random bits."""

    @abstractmethod
    def code_at(self, secret: bytes, step: int) -> str:
        """The six digits of that step."""

    @abstractmethod
    def address_of(self, secret: bytes, *, account: str, issuer: str) -> str:
        """The `otpauth:` address by which a device takes the secret over."""


class RecoveryCodes(Protocol):
    """Makes recovery codes, and the digests that are stored of them."""

    @abstractmethod
    def new_codes(self) -> tuple[str, ...]:
        """So many that nobody can guess, each with 50 random bits."""

    @abstractmethod
    def digest_of(self, user_id: UserId, code: str) -> bytes:
        """A digest that only this installation can make, so that nobody guesses codes beside the bank."""


class CodeVerdict(Enum):
    """What became of a code."""

    NOT_NEEDED = "the user has no second factor"
    MISSING = "the user has one, and there was no code"
    WRONG = "it is not the code of this time, or was used before"
    PROVEN = "the device is the user's"
    RECOVERED = "it was a recovery code, which is used up"

    @property
    def lets_in(self) -> bool:
        """Whether the user may go on."""
        return self not in (CodeVerdict.MISSING, CodeVerdict.WRONG)


@dataclass(frozen=True, slots=True)
class CodeProof:
    """Compares codes. It is the one place where this is done, so that none is good twice."""

    codes: OneTimeCodes
    recovery: RecoveryCodes

    def judge(self, factors: SecondFactors, user_id: UserId, code: str | None, *, now: datetime) -> CodeVerdict:
        """What a login or a deed with that code is told; a code that is right is used up by this."""
        factor = factors.lock_factor(user_id)
        if factor is None or not factor.is_confirmed:
            return CodeVerdict.NOT_NEEDED
        if code is None:
            return CodeVerdict.MISSING
        if not _is_from_device(code):
            is_good = factors.use_recovery_code(user_id, self.recovery.digest_of(user_id, code))
            return CodeVerdict.RECOVERED if is_good else CodeVerdict.WRONG
        return CodeVerdict.PROVEN if self.use(factors, user_id, code, now=now) else CodeVerdict.WRONG

    def use(self, factors: SecondFactors, user_id: UserId, code: str, *, now: datetime) -> bool:
        """Use the device's code of about now up; False if it is none, or was used before."""
        secret = factors.find_secret(user_id)
        step = None if secret is None else self._find_step(secret, code, now)
        return step is not None and factors.use_step(user_id, step)

    def _find_step(self, secret: bytes, code: str, now: datetime) -> int | None:
        """The step whose code this is. All are computed, so that the time taken says nothing."""
        current = (now - _EPOCH) // STEP
        known = [(current + drift, self.codes.code_at(secret, current + drift)) for drift in _DRIFTS]
        found = [step for step, shown in known if compare_digest(shown.encode(), code.encode())]
        # Two steps may show the same digits by chance; then the later one uses up more.
        return max(found, default=None)


def _is_from_device(code: str) -> bool:
    return code.isdecimal()
