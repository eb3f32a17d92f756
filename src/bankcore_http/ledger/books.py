"""Where views find a tenant's books, and how much of them the caller may read."""

from collections.abc import Callable

from bankcore.identifiers import TenantId
from bankcore.identity.principals import Principal
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService

LedgerOf = Callable[[TenantId], LedgerService]
QueriesOf = Callable[[TenantId], LedgerQueries]


def owner_of(principal: Principal) -> str:
    """The owner whose accounts are this user's own."""
    return str(principal.user_id)


def readable_owner(principal: Principal) -> str | None:
    """The only owner whose accounts this user may read, or None for staff, who may read all of their tenant."""
    return None if principal.is_staff else owner_of(principal)
