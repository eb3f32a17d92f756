"""Access tokens: JWTs signed with EdDSA, read as strictly as RFC 8725 and RFC 9068 ask."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, Protocol
from uuid import UUID

import jwt
from typing_extensions import override

from bankcore.clock import Clock
from bankcore.errors import InvalidRequestError, UnauthenticatedError
from bankcore.identifiers import SessionId, TenantId, UserId
from bankcore.identity.ports import TokenIssuer, TokenVerifier
from bankcore.identity.principals import ACCESS_LIFETIME, AccessClaims, TenantName
from bankcore.identity.refusals import TokenExpiredError
from bankcore.identity.users import Role
from bankcore.tenancy.tenants import require_slug
from bankcore_infra.keys.signing_keys import SigningKeys

ALGORITHM: Final = "EdDSA"
TOKEN_TYPE: Final = "at+jwt"  # noqa: S105 - a media type (RFC 9068)
ISSUER: Final = "bankcore"
AUDIENCE: Final = "bankcore-api"
_USE: Final = "access"
_LENGTH_MAX: Final = 4_096
# A signature is 64 bytes; the last of its 86 characters carries two bits, so that only these four spell it canonically.
_FORM: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]", re.ASCII)
_HEADER_NAMES: Final = frozenset({"alg", "typ", "kid"})
_CLAIM_NAMES: Final = frozenset(
    {"iss", "aud", "sub", "sid", "jti", "iat", "exp", "tenant_id", "tenant", "roles", "token_use"}
)
_REMEMBERED_MAX: Final = 4_096
# The clocks of machines differ a little, so a token of another machine may seem to come from the future.
_CLOCK_SKEW: Final = timedelta(seconds=30)
_UNREADABLE: Final = (
    jwt.PyJWTError,
    InvalidRequestError,
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
    RecursionError,
)
_OPTIONS: Final[jwt.types.Options] = {
    "require": ["exp", "iat", "iss", "aud", "sub", "jti", "sid"],
    "strict_aud": True,
    # Times are compared with our own clock below, after a check of their type.
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


class TokenKeys(Protocol):
    """Keys that may change while tokens are made and read."""

    def current(self) -> SigningKeys:
        """The keys as they are now."""


class JwtIssuer(TokenIssuer):
    """Signs with the newest key."""

    def __init__(self, keys: TokenKeys) -> None:
        self._keys = keys

    @override
    def issue(self, claims: AccessClaims) -> str:
        payload = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(claims.user_id),
            "sid": str(claims.session_id),
            "jti": str(claims.token_id),
            "iat": int(claims.issued_at.timestamp()),
            "exp": int(claims.expires_at.timestamp()),
            "tenant_id": str(claims.tenant.id),
            "tenant": claims.tenant.slug,
            "roles": sorted(claims.roles),
            "token_use": _USE,
        }
        keys = self._keys.current()
        headers = {"typ": TOKEN_TYPE, "kid": keys.signing_kid}
        return jwt.encode(payload, keys.signing_key, algorithm=ALGORITHM, headers=headers)


class JwtVerifier(TokenVerifier):
    """Accepts only tokens that we made: one algorithm, a key by name out of a fixed set, and each claim of its type."""

    def __init__(self, keys: TokenKeys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        # A token comes with every request of its holder, and its claims never change, so they are remembered.
        # Unreadable tokens are not, and none is remembered for longer than its key is known.
        self._read_once = lru_cache(_REMEMBERED_MAX)(self._read)

    @override
    def verify(self, token: str) -> AccessClaims:
        claims = self._read_once(token, self._keys.current())
        now = self._clock.now()
        is_possible = claims.issued_at <= now + _CLOCK_SKEW and claims.expires_at - claims.issued_at <= ACCESS_LIFETIME
        if not is_possible:
            raise UnauthenticatedError
        if claims.expires_at <= now:
            raise TokenExpiredError
        return claims

    def _read(self, token: str, keys: SigningKeys) -> AccessClaims:
        if len(token) > _LENGTH_MAX or not _FORM.fullmatch(token):
            raise UnauthenticatedError
        try:
            header = jwt.get_unverified_header(token)
            if header.keys() != _HEADER_NAMES or header["alg"] != ALGORITHM or header["typ"] != TOKEN_TYPE:
                raise UnauthenticatedError
            payload = jwt.decode(
                token,
                keys.public_keys[header["kid"]],
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options=_OPTIONS,
            )
            return _claims_of(payload)
        except _UNREADABLE:
            # Any failure to read gets the same answer as a wrong signature.
            raise UnauthenticatedError from None


def _claims_of(payload: Mapping[str, object]) -> AccessClaims:
    """The claims in their types. Raises one of `_UNREADABLE` if a claim has another type."""
    if payload.keys() != _CLAIM_NAMES or payload["token_use"] != _USE:
        raise ValueError
    roles = payload["roles"]
    if not isinstance(roles, list):
        raise TypeError
    return AccessClaims(
        token_id=_uuid(payload["jti"]),
        user_id=UserId(_uuid(payload["sub"])),
        session_id=SessionId(_uuid(payload["sid"])),
        tenant=TenantName(TenantId(_uuid(payload["tenant_id"])), require_slug(_text(payload["tenant"]))),
        roles=frozenset(Role(_text(role)) for role in roles),
        issued_at=_instant(payload["iat"]),
        expires_at=_instant(payload["exp"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _uuid(value: object) -> UUID:
    text = _text(value)
    found = UUID(text)
    if str(found) != text:
        raise ValueError
    return found


def _instant(value: object) -> datetime:
    """The instant of a NumericDate in whole seconds. A boolean is refused, although it is an int in Python."""
    if type(value) is not int:
        raise TypeError
    return datetime.fromtimestamp(value, UTC)
