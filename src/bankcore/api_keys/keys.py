"""API keys as they stand: whose, what for, from where, until when."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, NewType
from uuid import UUID

from bankcore.api_keys.scopes import SERVICE_PERMISSIONS
from bankcore.errors import InvalidRequestError
from bankcore.identifiers import TenantId
from bankcore.identity.demands import NO_DEMANDS, FactorDemands
from bankcore.permissions import Extent, Permission
from bankcore.tenancy.tenants import TenantSuspendedError

ApiKeyId = NewType("ApiKeyId", UUID)
ServiceId = NewType("ServiceId", UUID)
"""A service through all rotations of its keys."""

NAME_LENGTH_MAX: Final = 100
NETWORKS_MAX: Final = 20
OVERLAP_MAX: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key of a service; its text is stored nowhere. Without networks it may come from any address."""

    id: ApiKeyId
    service_id: ServiceId
    name: str
    hint: str
    scopes: frozenset[Permission]
    networks: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    def state_at(self, instant: datetime) -> str:
        """`live`, `revoked` or `expired`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= instant else "live"

    def is_allowed_from(self, client: str | None) -> bool:
        """Whether it may come from that address."""
        if not self.networks:
            return True
        try:
            address = ip_address(client or "")
        except ValueError:
            return False
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or address
        return any(address in ip_network(network) for network in self.networks)

    def ending(self, instant: datetime) -> "ApiKey":
        """The key, which expires then unless it does earlier."""
        return replace(self, expires_at=instant if self.expires_at is None else min(self.expires_at, instant))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePrincipal:
    """A service, known by a live key. It acts for its tenant, within the scopes of the key."""

    key_id: ApiKeyId
    service_id: ServiceId
    tenant_id: TenantId
    tenant_slug: str
    scopes: frozenset[Permission]
    tenant_is_suspended: bool = False
    demands: FactorDemands = NO_DEMANDS

    def find_extent(self, permission: Permission) -> Extent | None:
        """How far the service has the permission: all of its tenant, or None for not at all.

        Raises:
            TenantSuspendedError: it has the permission, and no service works for a suspended tenant.
        """
        if permission not in self.scopes:
            return None
        if self.tenant_is_suspended:
            raise TenantSuspendedError
        return Extent.TENANT


def require_scopes(scopes: Iterable[str]) -> frozenset[Permission]:
    """The scopes, at least one, each of which services may have.

    Raises:
        InvalidRequestError: one is not; the pointer names it.
    """
    texts = list(scopes)
    if not texts:
        raise InvalidRequestError(pointer="/scopes", detail="at least one scope")
    for index, text in enumerate(texts):
        if text not in SERVICE_PERMISSIONS:
            detail = f"services may have these: {', '.join(sorted(SERVICE_PERMISSIONS))}"
            raise InvalidRequestError(pointer=f"/scopes/{index}", detail=detail)
    return frozenset(map(Permission, texts))


def require_networks(networks: Iterable[str]) -> tuple[str, ...]:
    """The networks in their one spelling; an address is a network of its own.

    Raises:
        InvalidRequestError: there are too many, or one is no network; the pointer names it.
    """
    texts = list(networks)
    if len(texts) > NETWORKS_MAX:
        raise InvalidRequestError(pointer="/networks", detail=f"at most {NETWORKS_MAX} networks")
    return tuple(_require_network(text, f"/networks/{index}") for index, text in enumerate(texts))


def _require_network(text: str, pointer: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        detail = "a network such as 203.0.113.0/24 or 2001:db8::/32, without bits beyond its length"
        raise InvalidRequestError(pointer=pointer, detail=detail) from None
