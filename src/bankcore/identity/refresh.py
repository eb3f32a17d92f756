"""Refresh: exchanges a refresh token for its successor and a new access token."""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from bankcore.errors import UnauthenticatedError
from bankcore.identity.attempts import AttemptKind, AttemptLimiter
from bankcore.identity.events import RefreshReused
from bankcore.identity.ports import IdentityUnit, IdentityUnits, RefreshSecrets
from bankcore.identity.refusals import RefreshReusedError, TokenExpiredError
from bankcore.identity.sessions import (
    IssuedToken,
    RefreshToken,
    RefreshVerdict,
    RevokeReason,
    Session,
    SessionPolicy,
    client_digest,
    judge_refresh,
)
from bankcore.identity.tokens import TokenMint, TokenPair
from bankcore.identity.users import User
from bankcore.origin import Origin


class _Granted(NamedTuple):
    user: User
    token: RefreshToken


_GRANTED: Final = frozenset({RefreshVerdict.ROTATE, RefreshVerdict.REPEAT})
_REFUSALS: Final = {
    RefreshVerdict.REUSED: RefreshReusedError,
    RefreshVerdict.EXPIRED: TokenExpiredError,
    RefreshVerdict.UNKNOWN: UnauthenticatedError,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """Continues sessions of one tenant's users."""

    units: IdentityUnits
    mint: TokenMint
    secrets: RefreshSecrets
    limiter: AttemptLimiter
    policy: SessionPolicy

    def __call__(self, refresh_token: str, *, origin: Origin) -> TokenPair:
        """Give a new pair; the refresh token is used up.

        Raises:
            UnauthenticatedError: no such token, its session has ended, or the user is disabled.
            TokenExpiredError: the session is too old, or was idle for too long.
            RefreshReusedError: the token was used before; its session is ended with this.
            ThrottledError: the token is not good, and there were too many failures from this client.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        token = RefreshToken.read(refresh_token)
        # A second submission repeats the first one, because within the grace it finds the same successor.
        outcome = self.units.run(lambda unit: self._decide(unit, token, origin), resubmittable=True)
        if isinstance(outcome, RefreshVerdict):
            # Only now, because who comes with a good token is not stopped for what others at the address got wrong.
            self.limiter.require_allowed(AttemptKind.FAILURE, origin.ip_address)
            self.limiter.count(AttemptKind.FAILURE, origin.ip_address)
            raise _REFUSALS[outcome]
        return self.mint.pair(outcome.user, outcome.token)

    def _decide(self, unit: IdentityUnit, token: RefreshToken, origin: Origin) -> _Granted | RefreshVerdict:
        session = unit.lock_session(token.session_id)
        issued = unit.find_token(token.digest)
        if session is None or issued is None or issued.session_id != session.id:
            return RefreshVerdict.UNKNOWN
        user = unit.find_user(session.user_id)
        if user is None or not user.is_active:
            return RefreshVerdict.UNKNOWN
        client = client_digest(origin)
        verdict = judge_refresh(session, issued, now=unit.opened_at, client=client, policy=self.policy)
        if verdict in _GRANTED:
            return self._grant(unit, token, issued, user, client)
        if verdict is RefreshVerdict.REUSED:
            self._end(unit, session, issued, origin)
        return verdict

    def _grant(
        self, unit: IdentityUnit, token: RefreshToken, issued: IssuedToken, user: User, client: bytes
    ) -> _Granted | RefreshVerdict:
        successor = RefreshToken(token.tenant_id, token.session_id, self.secrets.successor_of(token))
        if issued.used_at is None:
            following = IssuedToken(
                digest=successor.digest,
                session_id=issued.session_id,
                generation=issued.generation + 1,
                issued_at=unit.opened_at,
            )
            unit.rotate_token(replace(issued, used_at=unit.opened_at, used_by=client), following)
        elif unit.find_token(successor.digest) is None:
            # The server's secret has changed since the first use, so the same answer cannot be computed again.
            return RefreshVerdict.UNKNOWN
        return _Granted(user, successor)

    def _end(self, unit: IdentityUnit, session: Session, issued: IssuedToken, origin: Origin) -> None:
        unit.revoke_session(session.id, RevokeReason.REUSE)
        unit.publish([RefreshReused(unit.new_stamp(origin), session.user_id, session.id, issued.generation)])
