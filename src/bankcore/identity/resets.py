"""Resets of forgotten passwords: the token that comes by mail, and what is stored of it."""

import re
from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, NewType, Protocol
from uuid import UUID

from bankcore.errors import InvalidRequestError
from bankcore.identifiers import TenantId, UserId
from bankcore.identity.emails import Email

ResetId = NewType("ResetId", UUID)

RESET_LIFETIME: Final = timedelta(minutes=30)
RESETS_PER_HOUR: Final = 3
"""How many mails an address gets in one hour by the clock, whoever asks for them."""
SECRET_LENGTH: Final = 16
TOKEN_LENGTH: Final = 2 * (16 + 16 + SECRET_LENGTH)
_TEXT: Final = re.compile(f"[0-9a-f]{{{TOKEN_LENGTH}}}", re.ASCII)
_ID_DIGITS: Final = 32


@dataclass(frozen=True, slots=True)
class ResetToken:
    """What a mail brings: whoever has it may choose the user's password once."""

    tenant_id: TenantId
    reset_id: ResetId
    secret: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The token as it is sent."""
        return self.tenant_id.hex + self.reset_id.hex + self.secret.hex()

    @property
    def digest(self) -> bytes:
        """What is stored of it."""
        return sha256(self.text.encode()).digest()

    @classmethod
    def read(cls, text: str) -> "ResetToken":
        """The token that a client sent. Raises: InvalidRequestError: it has not the form of one."""
        if _TEXT.fullmatch(text) is None:
            raise unusable_token()
        tenant, reset, secret = text[:_ID_DIGITS], text[_ID_DIGITS : 2 * _ID_DIGITS], text[2 * _ID_DIGITS :]
        return cls(TenantId(UUID(tenant)), ResetId(UUID(reset)), bytes.fromhex(secret))


def unusable_token() -> InvalidRequestError:
    """What is said of every token that is good for nothing, whyever."""
    return InvalidRequestError(pointer="/token", detail="this token is not good, or not any more; ask for another mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordReset:
    """Somebody asked for a mail to this address; `user_id` is None where no active user has it."""

    id: ResetId
    user_id: UserId | None
    email: Email
    expires_at: datetime
    digest: bytes


class ResetSecrets(Protocol):
    """Makes the secret of a reset, the same each time, so that it is stored nowhere before it is sent."""

    @abstractmethod
    def secret_of(self, tenant_id: TenantId, reset_id: ResetId) -> bytes:
        """Its 16 bytes, which nobody can guess."""


class PasswordResets(Protocol):
    """The resets of one tenant inside one unit of work."""

    @abstractmethod
    def add_reset(self, reset: PasswordReset) -> bool:
        """Store it; False if the address had its mails of this hour, or another unit of work adds one just now."""

    @abstractmethod
    def find_resetting(self, reset_id: ResetId, digest: bytes) -> UserId | None:
        """Whose password the token may change at this moment."""

    @abstractmethod
    def use_reset(self, reset_id: ResetId, digest: bytes) -> bool:
        """Use the token up; False if it is not good any more. Of several at once, one gets True."""

    @abstractmethod
    def end_resets(self, user_id: UserId) -> None:
        """Let no token of the user be good any more."""


def token_of(secrets: ResetSecrets, tenant_id: TenantId, reset_id: ResetId) -> ResetToken:
    """The token of that reset."""
    return ResetToken(tenant_id, reset_id, secrets.secret_of(tenant_id, reset_id))
