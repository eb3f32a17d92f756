"""Callers: guards that turn a bearer token into a principal, and the origin that is recorded with each request."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from flask import Request
from typing_extensions import override

from bankcore.errors import BankcoreError, ForbiddenError, UnauthenticatedError
from bankcore.identity.principals import Principal
from bankcore.identity.refusals import TokenExpiredError
from bankcore.identity.users import Role
from bankcore.origin import Origin
from bankcore_http.answering.request_context import current_request
from bankcore_http.reading.arguments import Addition, ArgumentSource

AUDITORS: Final = (Role.AUDITOR, Role.ADMIN)
OPERATORS: Final = (Role.OPERATOR, Role.ADMIN)
USER_AGENT_LENGTH_MAX: Final = 256
_SCHEME: Final = "bearer"
_ANONYMOUS: Final = "anonymous"


class Authenticator(Protocol):
    """Knows the users behind access tokens; `IdentityDirectory` is one."""

    def authenticate(self, access_token: str) -> Principal:
        """The principal of this token. Raises: UnauthenticatedError, TokenExpiredError, UnavailableError."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The proven principal, and the origin of the request, which is limited to this user's own accounts and keys."""

    principal: Principal
    origin: Origin

    @property
    def staff_origin(self) -> Origin:
        """The origin without that limit, for routes whose guard lets only staff through."""
        return replace(self.origin, owner_id=None)


class BearerToken(ArgumentSource):
    """Gives a view the `Caller`, and binds it to log and request context; with roles, the caller needs one of them.

    ```python
    caller = BearerToken(directory)                       # any user
    auditor = caller.require_role(Role.AUDITOR, Role.ADMIN)  # these only

    @blueprint.takes(auditor)
    ```
    """

    def __init__(self, authenticator: Authenticator, roles: frozenset[Role] = frozenset()) -> None:
        """Ask that authenticator. Without roles every known user is let through."""
        self._authenticator = authenticator
        self._roles = roles

    def require_role(self, *roles: Role) -> "BearerToken":
        """A guard that lets only users with one of these roles through; ForbiddenError for others."""
        return BearerToken(self._authenticator, frozenset(roles))

    @property
    @override
    def errors(self) -> Sequence[type[BankcoreError]]:
        known = (UnauthenticatedError, TokenExpiredError)
        return (*known, ForbiddenError) if self._roles else known

    @override
    def read(self, request: Request) -> Caller:
        """The caller.

        Raises:
            UnauthenticatedError: there is no token, or it is not valid.
            TokenExpiredError: the token's time is over.
            ForbiddenError: a known user without any of the roles.
        """
        context = current_request()
        context.offered_token = _bearer_token(request)
        context.principal = principal = self._authenticator.authenticate(context.offered_token)
        context.bind_caller(tenant=principal.tenant_slug, actor=str(principal.user_id))
        if self._roles and self._roles.isdisjoint(principal.roles):
            raise ForbiddenError
        return Caller(principal, origin_of(request, principal))

    @override
    def describe(self) -> Addition:
        """The token, and the roles that are let through."""
        members: dict[str, object] = {"security": [{"bearer": []}]}
        if self._roles:
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
