"""Identity for other packages: the use cases of one tenant, and a directory of all tenants."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bankcore.errors import NotFoundError, UnauthenticatedError
from bankcore.identifiers import TenantId, UserId
from bankcore.identity.authenticate import Authenticate
from bankcore.identity.change_password import ChangePassword
from bankcore.identity.change_status import ChangeUserStatus
from bankcore.identity.change_user import ChangeUser
from bankcore.identity.create_user import CreateUser
from bankcore.identity.emails import DomainNames
from bankcore.identity.end_sessions import EndSessions
from bankcore.identity.login import Login
from bankcore.identity.logout import Logout
from bankcore.identity.password_proof import PasswordProof
from bankcore.identity.ports import IdentityUnits, RefreshSecrets, TenantNames, TokenVerifier
from bankcore.identity.principals import Principal, TenantName
from bankcore.identity.refresh import Refresh
from bankcore.identity.register import Register
from bankcore.identity.reset_password import ResetPassword
from bankcore.identity.resets import ResetSecrets, ResetToken, unusable_token
from bankcore.identity.second_factors import CodeProof
from bankcore.identity.sessions import RefreshToken, SessionPolicy
from bankcore.identity.team import ManageTeam
from bankcore.identity.tokens import TokenMint
from bankcore.identity.users import User


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityServices:
    """The use cases of one tenant's users."""

    tenant: TenantName
    proof: PasswordProof
    codes: CodeProof
    register: Register
    login: Login
    refresh: Refresh
    logout: Logout
    authenticate: Authenticate
    create_user: CreateUser
    change_status: ChangeUserStatus
    change_user: ChangeUser
    change_password: ChangePassword
    reset_password: ResetPassword
    end_sessions: EndSessions
    team: ManageTeam
    units: IdentityUnits

    def get_user(self, user_id: UserId) -> User:
        """The user with that id.

        Raises:
            NotFoundError: there is none in this tenant.
        """
        user = self.units.run(lambda unit: unit.find_user(user_id), resubmittable=True)
        if user is None:
            raise NotFoundError(resource="user", identifier=str(user_id))
        return user

    def list_users(self, *, before: UserId | None, limit: int) -> Sequence[User]:
        """At most `limit` users, the latest first, made before that one."""
        return self.units.run(lambda unit: unit.list_users(before=before, limit=limit), resubmittable=True)


class IdentitySecrets(NamedTuple):
    """What makes what nobody can guess: refresh tokens, and tokens that come by mail."""

    refresh: RefreshSecrets
    resets: ResetSecrets


def identity_services(
    proof: PasswordProof,
    codes: CodeProof,
    domain_names: DomainNames,
    mint: TokenMint,
    secrets: IdentitySecrets,
    policy: SessionPolicy,
) -> IdentityServices:
    """The use cases of the tenant of that mint."""
    units = proof.units
    resets = ResetPassword(proof, domain_names, secrets.resets)
    return IdentityServices(
        tenant=mint.tenant,
        proof=proof,
        codes=codes,
        register=Register(proof, domain_names),
        login=Login(
            proof=proof, codes=codes, domain_names=domain_names, mint=mint, secrets=secrets.refresh, policy=policy
        ),
        refresh=Refresh(units=units, mint=mint, secrets=secrets.refresh, limiter=proof.limiter, policy=policy),
        logout=Logout(units),
        authenticate=Authenticate(mint.tenant, units),
        create_user=CreateUser(proof, domain_names),
        change_status=ChangeUserStatus(units),
        change_user=ChangeUser(units),
        change_password=ChangePassword(proof),
        reset_password=resets,
        end_sessions=EndSessions(units),
        team=ManageTeam(proof, domain_names, secrets.refresh, resets),
        units=units,
    )


@dataclass(frozen=True, slots=True)
class IdentityDirectory:
    """Finds the tenant of a request: by slug before the caller is known, by token afterwards."""

    tenants: TenantNames
    verifier: TokenVerifier
    services_of: Callable[[TenantName], IdentityServices]

    def at_slug(self, slug: str) -> IdentityServices:
        """The services of the tenant with that slug.

        Raises:
            NotFoundError: there is none.
        """
        tenant = self.tenants.find_by_slug(slug)
        if tenant is None:
            raise NotFoundError(resource="tenant", identifier=slug)
        return self.services_of(tenant)

    def of_refresh_token(self, text: str) -> IdentityServices:
        """The services of the tenant that a refresh token names; they check the token.

        Raises:
            UnauthenticatedError: not a refresh token of any tenant.
        """
        tenant = self.tenants.find_by_id(RefreshToken.read(text).tenant_id)
        if tenant is None:
            raise UnauthenticatedError
        return self.services_of(tenant)

    def of_reset_token(self, text: str) -> IdentityServices:
        """The services of the tenant that a token for another password names; they check the token.

        Raises:
            InvalidRequestError: not such a token of any tenant.
        """
        tenant = self.tenants.find_by_id(ResetToken.read(text).tenant_id)
        if tenant is None:
            raise unusable_token()
        return self.services_of(tenant)

    def of_principal(self, principal: Principal) -> IdentityServices:
        """The services of the principal's own tenant."""
        return self.services_of(TenantName(principal.tenant_id, principal.tenant_slug))

    def find_tenant(self, access_token: str) -> TenantId | None:
        """The tenant of a token that we signed and that has not expired, also if its session has ended."""
        try:
            return self.verifier.verify(access_token).tenant.id
        except UnauthenticatedError:
            return None

    def authenticate(self, access_token: str) -> Principal:
        """The principal of this access token, in any tenant.

        Raises:
            TokenExpiredError: its time is over.
            UnauthenticatedError: it is not valid, or its session has ended.
        """
        claims = self.verifier.verify(access_token)
        return self.services_of(claims.tenant).authenticate(claims)
