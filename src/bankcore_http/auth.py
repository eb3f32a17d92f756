"""Callers: guards that turn a bearer token into a principal, and the origin that is recorded with each request."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from flask import Request
from typing_extensions import override

from bankcore.errors import BankcoreError, ForbiddenError, UnauthenticatedError
from bankcore.identity.principals import Principal
from bankcore.identity.refusals import TokenExpiredError
from bankcore.identity.roles import roles_with
from bankcore.identity.users import Role
from bankcore.origin import Origin
from bankcore.permissions import Extent, Permission
from bankcore_http.answering.request_context import current_request
from bankcore_http.reading.arguments import Addition, ArgumentSource

USER_AGENT_LENGTH_MAX: Final = 256
_SCHEME: Final = "bearer"
_ANONYMOUS: Final = "anonymous"


class Authenticator(Protocol):
    """Knows the users behind access tokens; `IdentityDirectory` is one."""

    def authenticate(self, access_token: str) -> Principal:
        """The principal of this token. Raises: UnauthenticatedError, TokenExpiredError, UnavailableError."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The proven principal, how far the permission of the route reaches, and the origin of the request."""

    principal: Principal
    origin: Origin
    """Limited to this user's own accounts and keys."""
    extent: Extent = Extent.OWN

    @property
    def only_owner(self) -> str | None:
        """The only owner whose things this request may reach; None if it may reach all of the tenant."""
        return None if self.extent is Extent.TENANT else str(self.principal.user_id)

    @property
    def acting_origin(self) -> Origin:
        """The origin, limited to the user's own accounts if the permission reaches no further."""
        return replace(self.origin, owner_id=self.only_owner)


class BearerToken:
    """Knows who a bearer token stands for, and makes the guards of routes: no route does without a permission.

    ```python
    @blueprint.takes(caller.who_may(Permission.AUDIT_READ))
    ```
    """

    def __init__(self, authenticator: Authenticator) -> None:
        """Ask that authenticator."""
        self._authenticator = authenticator

    def who_may(self, permission: Permission) -> "PermittedCaller":
        """A guard that lets only callers with this permission through."""
        return PermittedCaller(self._authenticator, permission)


class PermittedCaller(ArgumentSource):
    """Gives a view the `Caller` if it has the permission, and binds it to log and request context."""

    def __init__(self, authenticator: Authenticator, permission: Permission) -> None:
        self._authenticator = authenticator
        self._permission = permission
        self._roles = roles_with(permission)

    @property
    @override
    def errors(self) -> Sequence[type[BankcoreError]]:
        known = (UnauthenticatedError, TokenExpiredError)
        return known if self._roles == frozenset(Role) else (*known, ForbiddenError)

    @override
    def read(self, request: Request) -> Caller:
        """The caller.

        Raises:
            UnauthenticatedError: there is no token, or it is not valid.
            TokenExpiredError: the token's time is over.
            ForbiddenError: a known user without the permission.
        """
        context = current_request()
        context.offered_token = _bearer_token(request)
        context.principal = principal = self._authenticator.authenticate(context.offered_token)
        context.bind_caller(tenant=principal.tenant_slug, actor=str(principal.user_id))
        extent = principal.find_extent(self._permission)
        if extent is None:
            raise ForbiddenError
        return Caller(principal, origin_of(request, principal), extent)

    @override
    def describe(self) -> Addition:
        """The token, the permission, and the roles that have it if not all of them do."""
        members: dict[str, object] = {"security": [{"bearer": []}], "x-permission": self._permission}
        if self._roles != frozenset(Role):
            members["x-roles"] = sorted(self._roles)
        return Addition(members=members)


class RequestOrigin(ArgumentSource):
    """Gives a view the origin of a request that needs no token."""

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
        """No token is wanted."""
        return Addition(members={"security": []})


def origin_of(request: Request, principal: Principal | None = None) -> Origin:
    """The origin of the request; with a principal, in the name of that user and limited to the user's accounts and
    keys.
    """
    user_id = None if principal is None else str(principal.user_id)
    return Origin(
        actor_type=_ANONYMOUS if user_id is None else "user",
        actor_id=user_id or _ANONYMOUS,
        request_id=current_request().request_id,
        ip_address=request.remote_addr,
        user_agent=_user_agent(request),
        owner_id=user_id,
        key_scope=user_id or "",
    )


def _bearer_token(request: Request) -> str:
    # Read from the environment: looking a header up in werkzeug's headers costs ten times as much.
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
