"""Recovery codes: ten at a time, each of 50 random bits, stored as keyed hashes."""

import secrets
from typing import Final

from typing_extensions import override

from bankcore.identifiers import UserId
from bankcore.identity.second_factors import RECOVERY_CODES, RecoveryCodes
from bankcore_infra.keys.key_ring import KeyedHash

# Without the letters that are taken for digits or each other (Crockford's base 32).
_LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_HALF: Final = 5


class RandomRecoveryCodes(RecoveryCodes):
    """Codes such as `7k2mq-x04dn`. With HMAC, who reads the table cannot try all codes beside the bank."""

    def __init__(self, keyed_hash: KeyedHash) -> None:
        self._keyed_hash = keyed_hash

    @override
    def new_codes(self) -> tuple[str, ...]:
        return tuple(f"{_letters()}-{_letters()}" for _ in range(RECOVERY_CODES))

    @override
    def digest_of(self, user_id: UserId, code: str) -> bytes:
        return self._keyed_hash.of(user_id.bytes, code.encode())


def _letters() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_HALF))
