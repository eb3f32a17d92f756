"""The pair of tokens that a login or a refresh gives."""

from dataclasses import dataclass, field

from bankcore.clock import Clock
from bankcore.identifiers import IdentifierSource
from bankcore.identity.ports import TokenIssuer
from bankcore.identity.principals import ACCESS_LIFETIME, AccessClaims, TenantName
from bankcore.identity.sessions import RefreshToken
from bankcore.identity.users import User


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """What a client gets: an access token good for `expires_in_s` seconds, and a refresh token for one use."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMint:
    """Makes the pairs of one tenant."""

    tenant: TenantName
    issuer: TokenIssuer
    ids: IdentifierSource
    clock: Clock

    def pair(self, user: User, refresh_token: RefreshToken) -> TokenPair:
        """The pair for the user in the refresh token's session."""
        now = self.clock.now().replace(microsecond=0)
        claims = AccessClaims(
            token_id=self.ids.new_id(),
            user_id=user.id,
            session_id=refresh_token.session_id,
            tenant=self.tenant,
            roles=user.roles,
            issued_at=now,
            expires_at=now + ACCESS_LIFETIME,
        )
        return TokenPair(
            access_token=self.issuer.issue(claims),
            refresh_token=refresh_token.text,
            expires_in_s=ACCESS_LIFETIME.seconds,
        )
