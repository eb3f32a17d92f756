"""Second factors in memory, with devices whose codes a test can compute, and that protect nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from itertools import count

from bankcore.identifiers import UserId
from bankcore.identity.second_factors import RECOVERY_CODES, OneTimeCodes, RecoveryCodes, SecondFactor, SecondFactors
from bankcore.second_factor.code_pictures import CodePictures
from bankcore.testing.sections import Section


class CountedOneTimeCodes(OneTimeCodes):
    """Secrets that are the same in every run, and codes that are digits of a hash."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new_secret(self) -> bytes:
        return sha256(str(next(self._numbers)).encode()).digest()[:20]

    def code_at(self, secret: bytes, step: int) -> str:
        return str(int.from_bytes(sha256(secret + str(step).encode()).digest()[:4], "big"))[-6:].zfill(6)

    def address_of(self, secret: bytes, *, account: str, issuer: str) -> str:
        return f"otpauth://totp/{issuer}:{account}?secret={secret.hex()}&issuer={issuer}"


class CountedRecoveryCodes(RecoveryCodes):
    """Recovery codes that are the same in every run, and digests that anybody can make."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new_codes(self) -> tuple[str, ...]:
        return tuple(f"{next(self._numbers):05}-abcde" for _ in range(RECOVERY_CODES))

    def digest_of(self, user_id: UserId, code: str) -> bytes:
        return sha256(f"{user_id} {code}".encode()).digest()


class PlainPictures(CodePictures):
    """Pictures in which the address can be read."""

    def draw(self, address: str) -> str:
        return f"<svg>{address}</svg>"


@dataclass(slots=True)
class StoredSecondFactors(Section):
    """The factors of one tenant's users, their secrets, and the digests of recovery codes that are good."""

    factors: dict[UserId, SecondFactor] = field(default_factory=dict)
    secrets: dict[UserId, bytes] = field(default_factory=dict)
    recovery: dict[UserId, frozenset[bytes]] = field(default_factory=dict)


class InMemorySecondFactors(SecondFactors):
    """Second factors inside one unit of work, on its draft."""

    def __init__(self, draft: StoredSecondFactors, opened_at: datetime) -> None:
        self._draft = draft
        self._opened_at = opened_at

    def lock_factor(self, user_id: UserId) -> SecondFactor | None:
        return self._draft.factors.get(user_id)

    def begin_factor(self, user_id: UserId, secret: bytes) -> bool:
        known = self._draft.factors.get(user_id)
        if known is not None and known.is_confirmed:
            return False
        self._draft.factors[user_id] = SecondFactor(user_id=user_id, created_at=self._opened_at)
        self._draft.secrets[user_id] = secret
        return True

    def confirm_factor(self, user_id: UserId) -> None:
        self._draft.factors[user_id] = replace(self._draft.factors[user_id], confirmed_at=self._opened_at)

    def find_secret(self, user_id: UserId) -> bytes | None:
        return self._draft.secrets.get(user_id)

    def use_step(self, user_id: UserId, step: int) -> bool:
        factor = self._draft.factors[user_id]
        if step <= factor.last_used_step:
            return False
        self._draft.factors[user_id] = replace(factor, last_used_step=step)
        return True

    def replace_recovery_codes(self, user_id: UserId, digests: Iterable[bytes]) -> None:
        self._draft.recovery[user_id] = frozenset(digests)

    def has_recovery_code(self, user_id: UserId, digest: bytes) -> bool:
        return digest in self._draft.recovery.get(user_id, frozenset())

    def use_recovery_code(self, user_id: UserId, digest: bytes) -> bool:
        is_good = self.has_recovery_code(user_id, digest)
        self._draft.recovery[user_id] = self._draft.recovery.get(user_id, frozenset()) - {digest}
        return is_good

    def remove_factor(self, user_id: UserId) -> None:
        del self._draft.factors[user_id], self._draft.secrets[user_id]
        self._draft.recovery.pop(user_id, None)
