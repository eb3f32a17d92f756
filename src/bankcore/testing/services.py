"""Services for tests of code that asks for them: only those that are listed."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from bankcore.identifiers import TenantId
from bankcore.services import Services

T = TypeVar("T")


class ListedServices(Services):
    """Gives what stands in two mappings by type: what makes a service of a tenant, and services of all tenants."""

    def __init__(
        self,
        services: Mapping[type[object], Callable[[TenantId], object]],
        *,
        shared: Mapping[type[object], object] | None = None,
    ) -> None:
        self._services = services
        self._shared = shared or {}

    def get(self, kind: type[T]) -> T:
        """The listed service. Raises: KeyError: none of that type is listed."""
        return self._shared[kind]  # type: ignore[return-value] # listed under its own type

    def of(self, tenant_id: TenantId, kind: type[T]) -> T:
        """What the listed maker gives for that tenant. Raises: KeyError: none of that type is listed."""
        return self._services[kind](tenant_id)  # type: ignore[return-value] # listed under its own type
