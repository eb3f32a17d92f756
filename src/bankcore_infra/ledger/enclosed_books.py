"""The books of a tenant inside a transaction of its caller's."""

from bankcore.identifiers import TenantId
from bankcore.ledger.account_service import AccountService
from bankcore.ledger.enclosed_books import EnclosedBooks
from bankcore.ledger.service import LedgerService
from bankcore_infra.db.caller_transaction import CallerTransaction
from bankcore_infra.db.lent import CallersConnection
from bankcore_infra.ledger.queries import SqlLedgerQueries


def enclosed_books(ledger: LedgerService, connection: CallersConnection, tenant_id: TenantId) -> EnclosedBooks:
    """What goes with that ledger, which takes part in the transaction on the connection."""
    queries = SqlLedgerQueries(CallerTransaction(connection, tenant_id))
    return EnclosedBooks(ledger=ledger, accounts=AccountService(ledger, queries), queries=queries)
