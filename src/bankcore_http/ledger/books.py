"""Which accounts and names of a tenant the caller may read."""

from collections.abc import Callable

from bankcore.documents.holders import HiddenNames, HolderNames
from bankcore.identifiers import TenantId
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService
from bankcore.permissions import Permission
from bankcore_http.auth import Caller

LedgerOf = Callable[[TenantId], LedgerService]
QueriesOf = Callable[[TenantId], LedgerQueries]
HoldersOf = Callable[[TenantId], HolderNames]


def owner_of(caller: Caller) -> str:
    """The owner id of the caller's own accounts."""
    return str(caller.user_id)


def readable_names(caller: Caller, holders: HolderNames) -> HolderNames:
    """The names that the caller may read: holders read their own, operators all, auditors none."""
    extent = caller.principal.find_extent(Permission.NAMES_READ)
    return HiddenNames() if extent is None or extent < caller.extent else holders
