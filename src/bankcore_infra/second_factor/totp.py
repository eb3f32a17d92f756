"""Time-based one-time passwords (RFC 6238) as every authenticator takes them: SHA-1, six digits, 30 seconds."""

import secrets
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from typing_extensions import override

from bankcore.identity.second_factors import STEP, OneTimeCodes

_SECRET_LENGTH: Final = 20
_DIGITS: Final = 6
_STEP_S: Final = STEP.seconds


class TotpCodes(OneTimeCodes):
    """The codes that devices compute. SHA-1 is what the devices know, and as an HMAC it is sound (RFC 6238, 1.2)."""

    @override
    def new_secret(self) -> bytes:
        return secrets.token_bytes(_SECRET_LENGTH)

    @override
    def code_at(self, secret: bytes, step: int) -> str:
        return _totp(secret).generate(step * _STEP_S).decode()

    @override
    def address_of(self, secret: bytes, *, account: str, issuer: str) -> str:
        return _totp(secret).get_provisioning_uri(account, issuer)


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, _DIGITS, SHA1(), _STEP_S)  # noqa: S303 - the algorithm of the standard
