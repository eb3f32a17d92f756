"""Logout: the holder of a refresh token ends its session."""

from dataclasses import dataclass, replace

from bankcore.identity.events import LoggedOut
from bankcore.identity.ports import IdentityUnit, IdentityUnits
from bankcore.identity.sessions import RefreshToken, RevokeReason
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True)
class Logout:
    """Ends sessions of one tenant's users."""

    units: IdentityUnits

    def __call__(self, refresh_token: str, *, origin: Origin) -> None:
        """End the session of this token, used or not. A token without a live session is accepted too.

        Raises:
            UnauthenticatedError: it has not the form of a refresh token.
            UnavailableError: nothing was recorded.
        """
        token = RefreshToken.read(refresh_token)
        self.units.run(lambda unit: self._end(unit, token, origin), resubmittable=True)

    def _end(self, unit: IdentityUnit, token: RefreshToken, origin: Origin) -> None:
        session = unit.lock_session(token.session_id)
        issued = unit.find_token(token.digest)
        if session is None or session.revoked_at is not None or issued is None or issued.session_id != session.id:
            return
        unit.revoke_session(session.id, RevokeReason.LOGOUT)
        own_origin = replace(origin, actor_type="user", actor_id=str(session.user_id))
        unit.publish([LoggedOut(unit.new_stamp(own_origin), session.user_id, session.id)])
