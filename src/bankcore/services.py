"""How callers reach what a bank offers, without knowing which capability offers it."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol, TypeVar

from bankcore.identifiers import TenantId

T = TypeVar("T")


class Services(Protocol):
    """The services of one bank, each found by its type.

    Only what puts callers and services together asks here: rules and adapters get what they need as arguments.
    """

    @abstractmethod
    def get(self, kind: type[T]) -> T:
        """The service of that type which all tenants share. Raises: KeyError: no capability offers it."""

    @abstractmethod
    def of(self, tenant_id: TenantId, kind: type[T]) -> T:
        """The service of that type for the tenant, which is known to exist. Raises: KeyError: nobody offers it."""

    def each(self, kind: type[T]) -> Callable[[TenantId], T]:
        """What gives the service of that type of a tenant; nothing is made before it is called."""
        return lambda tenant_id: self.of(tenant_id, kind)
