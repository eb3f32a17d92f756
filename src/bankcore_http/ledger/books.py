"""Which accounts of a tenant the caller may read."""

from collections.abc import Callable

from bankcore.identifiers import TenantId
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService
from bankcore_http.auth import Caller

LedgerOf = Callable[[TenantId], LedgerService]
QueriesOf = Callable[[TenantId], LedgerQueries]


def owner_of(caller: Caller) -> str:
    """The owner id of the caller's own accounts."""
    return str(caller.principal.user_id)


def readable_owner(caller: Caller) -> str | None:
    """The only owner whose accounts the caller may read, or None for staff, who may read all of their tenant."""
    return None if caller.principal.is_staff else owner_of(caller)
