"""Who may come in by these paths: services that know a token, never the world (docs/adr/0069)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hmac import compare_digest
from typing import Final
from uuid import UUID

from flask import Request
from typing_extensions import override

from bankcore.errors import BankcoreError, NotFoundError, UnauthenticatedError
from bankcore.identifiers import TenantId
from bankcore.identity.ports import TenantNames
from bankcore.identity.principals import TenantName
from bankcore.origin import Origin
from bankcore.tenancy.tenants import TenantSuspendedError
from bankcore_http.answering.request_context import current_request
from bankcore_http.auth import origin_of
from bankcore_http.reading.arguments import Addition, ArgumentSource

SERVICE_HEADER: Final = "X-Service-Token"
ADMIN_HEADER: Final = "X-Admin-Token"
SERVICE: Final = "wallets"
ADMIN: Final = "wallets-admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletPaths:
    """Which of these paths there are, on the books of which tenant, and the tokens that open them."""

    tenant: str
    service_token: str | None = field(default=None, repr=False)
    admin_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class TrustedService:
    """A service that has proven itself, and acts in its own name."""

    tenant_id: TenantId
    origin: Origin

    def on_behalf_of(self, user_id: UUID) -> Origin:
        """The origin, limited to the accounts and quotes of that user."""
        return replace(self.origin, owner_id=str(user_id))


class ServiceToken(ArgumentSource):
    """Gives a view the service that sends this token in this header."""

    def __init__(self, header: str, token: str, actor_id: str, find_tenant: Callable[[], TenantName | None]) -> None:
        self._header = header
        self._token = token.encode()
        self._actor_id = actor_id
        self._find_tenant = find_tenant

    @property
    @override
    def errors(self) -> Sequence[type[BankcoreError]]:
        return (UnauthenticatedError, NotFoundError, TenantSuspendedError)

    @override
    def read(self, request: Request) -> TrustedService:
        """The service.

        Raises:
            UnauthenticatedError: there is no token, or another one.
            NotFoundError: the tenant of the settings is not there.
            ThrottledError: too many requests of the service.
            TenantSuspendedError: it is suspended, and this path does more than look.
        """
        sent, context = request.headers.get(self._header, ""), current_request()
        # The whole of both is compared whatever was sent, so that the time tells nothing of the token.
        if not compare_digest(sent.encode("utf-8", "replace"), self._token):
            # What was offered in vain is recorded, what was not offered is not.
            context.offered_token = sent or None
            raise UnauthenticatedError
        tenant = self._find_tenant()
        if tenant is None:
            raise NotFoundError(resource="tenant", identifier="of the settings")
        context.bind_caller(tenant=tenant.slug, actor=self._actor_id)
        context.count_caller(self._actor_id)
        origin = replace(origin_of(request), actor_type="service", actor_id=self._actor_id, key_scope=SERVICE)
        return TrustedService(tenant.id, origin)

    @override
    def describe(self) -> Addition:
        """The required header."""
        parameter = {
            "name": self._header,
            "in": "header",
            "required": True,
            "description": "The token of the settings",
            "schema": {"type": "string", "minLength": 32},
        }
        return Addition(parameters=[parameter], members={"security": []})


def service_token(paths: WalletPaths, tenants: TenantNames, token: str) -> ServiceToken:
    """The guard of the paths that move and read money."""

    def find_at_work() -> TenantName | None:
        tenant = tenants.find_by_slug(paths.tenant)
        if tenant is not None and tenants.is_suspended(tenant.id):
            raise TenantSuspendedError
        return tenant

    return ServiceToken(SERVICE_HEADER, token, SERVICE, find_at_work)


def admin_token(paths: WalletPaths, tenants: TenantNames, token: str) -> ServiceToken:
    """The guard of the paths that show everything and change nothing."""
    return ServiceToken(ADMIN_HEADER, token, ADMIN, lambda: tenants.find_by_slug(paths.tenant))
