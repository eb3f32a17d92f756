"""Services of a bank by type, so that callers need not know which capability offers them."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol, TypeVar

from bankcore.identifiers import TenantId

T = TypeVar("T")


class Services(Protocol):
    """The services of one bank, each found by its type.

    Only the composition root and blueprints ask here: rules and adapters get their ports as arguments.
    """

    @abstractmethod
    def get(self, kind: type[T]) -> T:
        """The service of that type which all tenants share. Raises: KeyError: no capability offers it."""

    @abstractmethod
    def of(self, tenant_id: TenantId, kind: type[T]) -> T:
        """The service of that type for an existing tenant. Raises: KeyError: no capability offers it."""

    def each(self, kind: type[T]) -> Callable[[TenantId], T]:
        """A function that gives the service of that type for a tenant; nothing is made before it is called."""
        return lambda tenant_id: self.of(tenant_id, kind)
