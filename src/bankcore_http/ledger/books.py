"""Which accounts and names of a tenant the caller may read."""

from collections.abc import Callable

from bankcore.documents.holders import HiddenNames, HolderNames
from bankcore.identifiers import TenantId
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService
from bankcore_http.auth import OPERATORS, Caller

LedgerOf = Callable[[TenantId], LedgerService]
QueriesOf = Callable[[TenantId], LedgerQueries]
HoldersOf = Callable[[TenantId], HolderNames]


def owner_of(caller: Caller) -> str:
    """The owner id of the caller's own accounts."""
    return str(caller.principal.user_id)


def readable_owner(caller: Caller) -> str | None:
    """The only owner whose accounts the caller may read, or None for staff, who may read all of their tenant."""
    return None if caller.principal.is_staff else owner_of(caller)


def readable_names(caller: Caller, holders: HolderNames) -> HolderNames:
    """The names that the caller may read: holders read their own, operators all, auditors none."""
    is_auditor_only = caller.principal.is_staff and caller.principal.roles.isdisjoint(OPERATORS)
    return HiddenNames() if is_auditor_only else holders
