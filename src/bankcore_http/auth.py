"""Callers: guards that turn a bearer token or an API key into a principal, and the origin that goes with a request."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol
from uuid import UUID

from flask import Request
from typing_extensions import override

from bankcore.api_keys.keys import ServicePrincipal
from bankcore.api_keys.scopes import SERVICE_PERMISSIONS
from bankcore.approvals.refusals import ApprovalAdvice, ApprovalRequiredError
from bankcore.errors import BankcoreError, ForbiddenError, UnauthenticatedError
from bankcore.identifiers import UserId
from bankcore.identity.principals import Principal
from bankcore.identity.refusals import MfaRequiredError, TokenExpiredError
from bankcore.identity.roles import roles_with
from bankcore.identity.users import Role
from bankcore.money import Money
from bankcore.origin import Origin
from bankcore.permissions import Extent, Permission
from bankcore.tenancy.tenants import TenantSuspendedError
from bankcore_http.answering.errors import PermissionAdvice, PermissionMissingError
from bankcore_http.answering.request_context import current_request
from bankcore_http.reading.arguments import Addition, ArgumentSource

USER_AGENT_LENGTH_MAX: Final = 256
_SCHEME: Final = "bearer"
_KEY_HEADER: Final = "HTTP_X_API_KEY"
_ANONYMOUS: Final = "anonymous"


class Authenticator(Protocol):
    """Knows the users behind access tokens; `IdentityDirectory` is one."""

    def authenticate(self, access_token: str) -> Principal:
        """The principal of this token. Raises: UnauthenticatedError, TokenExpiredError, UnavailableError."""


class KeyAuthenticator(Protocol):
    """Knows the services behind API keys; `ApiKeyDirectory` is one."""

    def authenticate(self, text: str, *, client: str | None) -> ServicePrincipal:
        """The service with this key. Raises: UnauthenticatedError, UnavailableError."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The proven principal, how far the permission of the route reaches, and the origin of the request."""

    principal: Principal | ServicePrincipal
    origin: Origin
    """Limited to this user's own accounts and keys; a service acts for its tenant."""
    extent: Extent = Extent.OWN

    @property
    def user(self) -> Principal:
        """The user, on a route that is for people. Raises: ForbiddenError: it is a service."""
        if isinstance(self.principal, ServicePrincipal):
            raise ForbiddenError
        return self.principal

    @property
    def user_id(self) -> UserId:
        """The user; a service is the owner of what it opens, and no user."""
        if isinstance(self.principal, ServicePrincipal):
            return UserId(self.principal.service_id)
        return self.principal.user_id

    @property
    def only_owner(self) -> str | None:
        """The only owner whose things this request may reach; None if it may reach all of the tenant."""
        return None if self.extent is Extent.TENANT else str(self.user_id)

    @property
    def acting_origin(self) -> Origin:
        """The origin, limited to the user's own accounts if the permission reaches no further."""
        return replace(self.origin, owner_id=self.only_owner)

    def with_permission(self, permission: Permission) -> "Caller":
        """The caller as far as another permission reaches, where the body says which one is needed.

        Raises: as the guard of a route with that permission.
        """
        return replace(self, extent=_require_extent(self.principal, permission))

    def require_may_move(self, amounts: Iterable[Money], *, advice: ApprovalAdvice = ApprovalAdvice.REQUEST_IT) -> None:
        """Require that the tenant lets one person move that much at once, with a proven second factor if it is much.

        Raises:
            ApprovalRequiredError: a second person has to approve it, for services too.
            MfaRequiredError: the second factor was not proven lately.
        """
        moved, caller = list(amounts), self.principal
        limit = caller.demands.find_approval_limit(moved)
        if limit is not None:
            raise ApprovalRequiredError(limit=limit, currency=limit.currency.code, advice=advice)
        if isinstance(caller, Principal) and caller.must_prove_factor and caller.demands.is_large(moved):
            raise MfaRequiredError(next_step=caller.factor_step)


class BearerToken:
    """Knows who a bearer token or an API key stands for, and makes the guards of routes, each with a permission.

    ```python
    @blueprint.takes(caller.who_may(Permission.AUDIT_READ))
    ```
    """

    def __init__(self, authenticator: Authenticator, keys: KeyAuthenticator | None = None) -> None:
        """Ask those; without the second there are no services."""
        self._authenticator = authenticator
        self._keys = keys

    def who_may(self, permission: Permission, *others: Permission) -> "PermittedCaller":
        """A guard that lets only callers with this permission through, or without it with one of the others."""
        return PermittedCaller(self, permission, *others)

    def authenticate(self, request: Request) -> Principal | ServicePrincipal:
        """Who sent the request, with one credential. Raises: UnauthenticatedError, TokenExpiredError."""
        # Read from the environment: looking a header up in werkzeug's headers costs ten times as much.
        key: str | None = request.environ.get(_KEY_HEADER)
        if key is None:
            current_request().offered_token = token = _bearer_token(request)
            return self._authenticator.authenticate(token)
        current_request().offered_token = key
        if self._keys is None or "HTTP_AUTHORIZATION" in request.environ:
            raise UnauthenticatedError
        return self._keys.authenticate(key, client=request.remote_addr)


class PermittedCaller(ArgumentSource):
    """Gives a view the `Caller` if it has the permission, and binds it to log and request context."""

    def __init__(self, bearer: BearerToken, permission: Permission, *others: Permission) -> None:
        self._bearer = bearer
        self._permission = permission
        self._others = others
        self._roles = roles_with(permission)

    @property
    @override
    def errors(self) -> Sequence[type[BankcoreError]]:
        known = (UnauthenticatedError, TokenExpiredError, TenantSuspendedError)
        has_everybody = self._roles == frozenset(Role) and self._permission not in SERVICE_PERMISSIONS
        refusals = known if has_everybody else (*known, PermissionMissingError)
        return (*refusals, MfaRequiredError) if self._permission.is_sensitive else refusals

    @override
    def read(self, request: Request) -> Caller:
        """The caller.

        Raises:
            UnauthenticatedError: there is no token and no key, or it is not valid.
            TokenExpiredError: the token's time is over.
            PermissionMissingError: a known user or service without it.
            MfaRequiredError: it is sensitive, and the user's second factor was not proven lately.
            ThrottledError: too many requests of this caller.
            TenantSuspendedError: the tenant is suspended, and this is not for an auditor to read.
        """
        context = current_request()
        context.principal = principal = self._bearer.authenticate(request)
        context.bind_caller(tenant=principal.tenant_slug, actor=str(_actor_of(principal)))
        context.count_caller(str(_counted_of(principal)))
        may = (each for each in (self._permission, *self._others) if principal.find_extent(each) is not None)
        extent = _require_extent(principal, next(may, self._permission))
        return Caller(principal, origin_of(request, principal), extent)

    @override
    def describe(self) -> Addition:
        """The token or key, and the permission; the document says once which roles have it."""
        ways: list[dict[str, list[str]]] = [{"bearer": []}]
        if self._permission in SERVICE_PERMISSIONS:
            ways.append({"apiKey": []})
        members: dict[str, object] = {"security": ways, "x-permission": self._permission}
        return Addition(members=members)


class TokenOrigin(ArgumentSource):
    """Gives a view the origin of a request whose body has a token that proves enough.

    It is counted for the address only when the token is refused, or strangers at an address could stop its sessions.
    """

    @property
    @override
    def errors(self) -> Sequence[type[BankcoreError]]:
        return ()

    @override
    def read(self, request: Request) -> Origin:
        """The origin, of an anonymous actor."""
        return origin_of(request)

    @override
    def describe(self) -> Addition:
        """No token is wanted in a header."""
        return Addition(members={"security": []})


class RequestOrigin(TokenOrigin):
    """Gives a view the origin of a request that anybody may send."""

    @override
    def read(self, request: Request) -> Origin:
        """The origin, of an anonymous actor. Raises: ThrottledError: too many requests of strangers at this address."""
        current_request().count_stranger(request.remote_addr)
        return super().read(request)


def origin_of(request: Request, principal: Principal | ServicePrincipal | None = None) -> Origin:
    """The origin of the request; of a user, limited to the user's accounts and keys.

    A service is named by its key. Its requests' keys are those of the service, through all rotations.
    """
    anonymous = Origin(
        actor_type=_ANONYMOUS,
        actor_id=_ANONYMOUS,
        request_id=current_request().request_id,
        ip_address=request.remote_addr,
        user_agent=_user_agent(request),
    )
    if principal is None:
        return anonymous
    actor_id = str(_actor_of(principal))
    if isinstance(principal, ServicePrincipal):
        service_id = str(principal.service_id)
        scope = f"service:{service_id}"
        return replace(anonymous, actor_type="service", actor_id=actor_id, key_scope=scope, service_id=service_id)
    return replace(anonymous, actor_type="user", actor_id=actor_id, owner_id=actor_id, key_scope=actor_id)


def _require_extent(principal: Principal | ServicePrincipal, permission: Permission) -> Extent:
    """How far it has the permission now. Raises: PermissionMissingError, MfaRequiredError, TenantSuspendedError."""
    extent = principal.find_extent(permission)
    if extent is None:
        raise PermissionMissingError(permission=permission, advice=_advice_for(principal, permission))
    if permission.is_sensitive and isinstance(principal, Principal) and principal.must_prove_factor:
        raise MfaRequiredError(next_step=principal.factor_step)
    return extent


def _advice_for(principal: Principal | ServicePrincipal, permission: Permission) -> PermissionAdvice:
    if isinstance(principal, Principal):
        return PermissionAdvice.ANOTHER_ROLE
    return PermissionAdvice.ANOTHER_KEY if permission in SERVICE_PERMISSIONS else PermissionAdvice.NO_KEY


def _actor_of(principal: Principal | ServicePrincipal) -> UUID:
    return principal.key_id if isinstance(principal, ServicePrincipal) else principal.user_id


def _counted_of(principal: Principal | ServicePrincipal) -> UUID:
    """Whose request it is: a service has one count, whichever of its keys it uses."""
    return principal.service_id if isinstance(principal, ServicePrincipal) else principal.user_id


def _bearer_token(request: Request) -> str:
    sent: str = request.environ.get("HTTP_AUTHORIZATION", "")
    scheme, _, token = sent.partition(" ")
    if scheme.lower() != _SCHEME or not token:
        raise UnauthenticatedError
    return token.strip(" ")


def _user_agent(request: Request) -> str | None:
    """The name that the client gives itself, without characters that PostgreSQL or a terminal cannot take."""
    sent: str | None = request.environ.get("HTTP_USER_AGENT")
    if not sent:
        return None
    return "".join(character if character.isprintable() else "\ufffd" for character in sent[:USER_AGENT_LENGTH_MAX])
