"""Sessions and their refresh tokens: a token is good for one use, a second one ends the session (RFC 9700, 4.14.2)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from bankcore.errors import UnauthenticatedError
from bankcore.identifiers import SessionId, TenantId, UserId
from bankcore.origin import Origin

SECRET_LENGTH: Final = 32
_PREFIX: Final = "bcr_"
_ID_LENGTH: Final = 16
_TEXT_LENGTH: Final = len(_PREFIX) + -(-(2 * _ID_LENGTH + SECRET_LENGTH) * 4 // 3)


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token as its holder has it: where it belongs, and a secret of 256 bits."""

    tenant_id: TenantId
    session_id: SessionId
    secret: bytes

    @property
    def text(self) -> str:
        """The text that the client keeps."""
        content = self.tenant_id.bytes + self.session_id.bytes + self.secret
        return _PREFIX + urlsafe_b64encode(content).decode().rstrip("=")

    @property
    def digest(self) -> bytes:
        """SHA-256 of the text, which is all that is stored. A secret of full entropy needs no salt and no slow hash."""
        return sha256(self.text.encode()).digest()

    @classmethod
    def read(cls, text: str) -> "RefreshToken":
        """The token that a client sent.

        Raises:
            UnauthenticatedError: it has not the form of one.
        """
        if len(text) != _TEXT_LENGTH or not text.startswith(_PREFIX) or not text.isascii():
            raise UnauthenticatedError
        try:
            content = urlsafe_b64decode(text[len(_PREFIX) :] + "==")
        except ValueError:
            raise UnauthenticatedError from None
        tenant, session, secret = content[:_ID_LENGTH], content[_ID_LENGTH : 2 * _ID_LENGTH], content[2 * _ID_LENGTH :]
        if len(secret) != SECRET_LENGTH:
            raise UnauthenticatedError
        token = cls(TenantId(UUID(bytes=tenant)), SessionId(UUID(bytes=session)), secret)
        # Base64 has several spellings of the same bytes, and characters it skips; only our own one is a token.
        if token.text != text:
            raise UnauthenticatedError
        return token


class RevokeReason(StrEnum):
    """Why a session ended before its time."""

    LOGOUT = "logout"
    REUSE = "reuse"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One login and its tokens; `generation` counts the refreshes.

    `revoke_reason` is a word, since a session may have been ended by hand for a reason that is not ours.
    """

    tenant_id: TenantId
    id: SessionId
    user_id: UserId
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime
    mfa_at: datetime | None = None
    """When the second factor was last proven in it."""
    generation: int = 0
    revoked_at: datetime | None = None
    revoke_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A stored refresh token; `used_by` is the digest of the client that used it."""

    digest: bytes
    session_id: SessionId
    generation: int
    issued_at: datetime
    used_at: datetime | None = None
    used_by: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPolicy:
    """How long a session lives in all and without a refresh, and how long a lost answer to a refresh can be
    repeated.
    """

    lifetime: timedelta = timedelta(days=30)
    idle_lifetime: timedelta = timedelta(days=7)
    grace: timedelta = timedelta(seconds=10)


class RefreshVerdict(Enum):
    """The decision on a presented refresh token."""

    ROTATE = "its first use: a successor takes its place"
    REPEAT = "the same client asks again for an answer it did not get: the same successor"
    REUSED = "somebody has a copy: the session ends"
    EXPIRED = "the session is too old"
    UNKNOWN = "no such token, or its session has ended"


def judge_refresh(
    session: Session, token: IssuedToken, *, now: datetime, client: bytes, policy: SessionPolicy
) -> RefreshVerdict:
    """Decide on the locked session; nothing else changes it meanwhile."""
    if session.revoked_at is not None:
        return RefreshVerdict.UNKNOWN
    if now >= session.expires_at or now >= session.last_used_at + policy.idle_lifetime:
        return RefreshVerdict.EXPIRED
    if token.used_at is None:
        return RefreshVerdict.ROTATE
    # Only the parent of the newest token, because a grace by time alone would accept any earlier one.
    is_parent = token.generation == session.generation - 1
    if is_parent and token.used_by == client and now <= token.used_at + policy.grace:
        return RefreshVerdict.REPEAT
    return RefreshVerdict.REUSED


def client_digest(origin: Origin) -> bytes:
    """A digest that tells clients apart: of the address and the user agent."""
    return sha256(f"{origin.ip_address}\n{origin.user_agent}".encode(errors="replace")).digest()
