"""Authenticate: compares the claims of an access token with the session as it is now."""

from dataclasses import dataclass

from bankcore.errors import UnauthenticatedError
from bankcore.identity.demands import PROOF_LIFETIME
from bankcore.identity.ports import IdentityUnits, SessionOwner
from bankcore.identity.principals import AccessClaims, Principal, TenantName


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Knows the users of one tenant by their sessions; a session that ends is refused at once."""

    tenant: TenantName
    units: IdentityUnits

    def __call__(self, claims: AccessClaims) -> Principal:
        """The principal of the claims of a verified token.

        Raises:
            UnauthenticatedError: the token is of another tenant, its session has ended, or the user is not active.
            UnavailableError: the sessions cannot be read at this moment.
        """
        if claims.tenant.id != self.tenant.id:
            raise UnauthenticatedError
        owner = self.units.find_session_owner(claims.session_id)
        if owner is None or not _is_live(owner, claims):
            raise UnauthenticatedError
        return Principal(
            user_id=claims.user_id,
            tenant_id=claims.tenant.id,
            tenant_slug=claims.tenant.slug,
            session_id=claims.session_id,
            roles=owner.user.roles,
            tenant_is_suspended=owner.tenant_is_suspended,
            tenant_is_test=owner.tenant_is_test,
            has_second_factor=owner.has_second_factor,
            has_proven_it=_has_proven(owner),
            demands=owner.demands,
        )


def _has_proven(owner: SessionOwner) -> bool:
    proven_at = owner.session.mfa_at
    return proven_at is not None and owner.as_of < proven_at + PROOF_LIFETIME


def _is_live(owner: SessionOwner, claims: AccessClaims) -> bool:
    session = owner.session
    is_going_on = session.revoked_at is None and owner.as_of < session.expires_at
    return is_going_on and session.user_id == claims.user_id and owner.user.is_active
