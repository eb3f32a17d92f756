"""Authenticate: what an access token claims, held against the session as it is now."""

from dataclasses import dataclass

from bankcore.errors import UnauthenticatedError
from bankcore.identity.ports import IdentityUnit, IdentityUnits, SessionOwner
from bankcore.identity.principals import AccessClaims, Principal, TenantName


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Knows the users of one tenant by their sessions; a session that ends is refused at once."""

    tenant: TenantName
    units: IdentityUnits

    def __call__(self, claims: AccessClaims) -> Principal:
        """Who the claims of a verified token stand for.

        Raises:
            UnauthenticatedError: another tenant's token, or session or user are no longer what they were.
            UnavailableError: the sessions cannot be read at this moment.
        """
        if claims.tenant.id != self.tenant.id:
            raise UnauthenticatedError
        owner = self.units.run(lambda unit: _find_live(unit, claims), resubmittable=True)
        if owner is None:
            raise UnauthenticatedError
        return Principal(
            user_id=claims.user_id,
            tenant_id=claims.tenant.id,
            tenant_slug=claims.tenant.slug,
            session_id=claims.session_id,
            roles=owner.user.roles,
        )


def _find_live(unit: IdentityUnit, claims: AccessClaims) -> SessionOwner | None:
    owner = unit.find_session_owner(claims.session_id)
    if owner is None or owner.session.user_id != claims.user_id:
        return None
    is_live = owner.session.revoked_at is None and unit.opened_at < owner.session.expires_at
    return owner if is_live and owner.user.is_active else None
