"""Audit receipts on PostgreSQL: the record is looked up after the posting, so that a posting without receipt pays
nothing.
"""

from typing import Final

from typing_extensions import override

from bankcore.audit.merkle import leaf_hash
from bankcore.audit.receipts import AuditReceipt, AuditReceipts
from bankcore.clock import Clock
from bankcore.errors import LedgerInvariantError
from bankcore.identity.principals import TenantName
from bankcore.ledger.accounts import settlement_account_id
from bankcore.ledger.actions import TRANSACTION_POSTED
from bankcore.ledger.transactions import Transaction
from bankcore_infra.audit.reading.filters import NOT_BY_ENTRIES
from bankcore_infra.audit.reading.receipt_desk import ReceiptDesk
from bankcore_infra.db.engine import Database
from bankcore_infra.db.exchange import Parameter, Rows, Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.keys.receipt_keys import sign_receipt
from bankcore_infra.keys.signing_keys import SigningKeys
from bankcore_infra.log_messages import LogMessage, logger_of

_LOG: Final = logger_of("audit")

# The record of a transaction has the transaction's id. An older record has an id of its own, and is found by its time
# on one of its accounts. The order keeps the planner to the key, also where a table that is small yet makes any index
# look as good. There is one statement for each place that has an index. Instant and account leave the records of one
# batch on that account, hardly ever more than one for any but the settlement account; the subject tells them apart.
_FIND: Final = tuple(
    Statement(f"""
        (SELECT id, body FROM bankcore.audit_log
         WHERE tenant_id = $1::uuid AND id BETWEEN $4::uuid AND $4::uuid AND subject_id = $4::uuid
         ORDER BY id LIMIT 1)
        UNION ALL
        SELECT id, body FROM bankcore.audit_log
        WHERE tenant_id = $1::uuid AND cardinality(account_ids) >= {place} AND account_ids[{place}] = $2::uuid
          AND at = $3::timestamptz AND subject_id = $4::uuid AND action = '{TRANSACTION_POSTED.name}'
          AND {NOT_BY_ENTRIES}
    """)  # noqa: S608 - constants of ours
    for place in range(1, 5)
)


class SqlReceiptDesk(ReceiptDesk):
    """The receipts of one database."""

    def __init__(self, database: Database, keys: SigningKeys, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock

    @override
    def of_tenant(self, tenant: TenantName) -> "SqlAuditReceipts":
        return SqlAuditReceipts(self._database, tenant, self._keys, self._clock)


class SqlAuditReceipts(AuditReceipts):
    """Receipts of one tenant, signed with the API's own keys over the stored bytes of the record."""

    def __init__(self, database: Database, tenant: TenantName, keys: SigningKeys, clock: Clock) -> None:
        """Give receipts for that tenant's log; the clock tells only when a receipt was given."""
        self._database = database
        self._tenant = tenant
        self._keys = keys
        self._clock = clock
        self._transactions = OwnTransactions(database, tenant.id)

    @override
    def get_receipt(self, transaction: Transaction) -> AuditReceipt:
        _as_of, rows = self._transactions.ask(*_question(transaction))
        receipt = self._receipt_of(transaction, rows)
        if receipt is None:
            raise LedgerInvariantError(f"the audit log has no record of transaction {transaction.id}")
        return receipt

    @override
    def find_receipt(self, transaction: Transaction) -> AuditReceipt | None:
        try:
            receipt = self._receipt_of(transaction, self._ask_once(transaction))
        except Exception as error:  # noqa: BLE001 - money has moved: no failure may take the place of the answer that says so
            # The type only: messages of drivers repeat values.
            _LOG.error(LogMessage("audit receipt not given", error=type(error).__name__))
            return None
        if receipt is None:
            _LOG.critical(
                LogMessage(
                    "audit record missing: the log has none of this transaction", transaction=str(transaction.id)
                )
            )
        return receipt

    def _ask_once(self, transaction: Transaction) -> Rows:
        """Read the rows without retries, because the answer to a posting waits for them."""
        with self._database.engine_for(self._tenant.id).connect() as connection:
            _as_of, rows = TenantConnection(connection, self._tenant.id).ask_and_end(*_question(transaction))
            return rows

    def _receipt_of(self, transaction: Transaction, rows: Rows) -> AuditReceipt | None:
        if not rows:
            return None
        event_id, body = rows[0]
        return sign_receipt(
            self._keys,
            self._tenant,
            transaction,
            event_id=event_id,
            leaf=leaf_hash(body),
            now=self._clock.now(),
        )


def _question(transaction: Transaction) -> tuple[Statement, *tuple[Parameter, ...]]:
    """The statement that finds the transaction's record, with its parameters."""
    # The accounts as the record lists them: each once, in the order of their ids.
    account_ids = sorted({entry.account_id for entry in transaction.entries})[: len(_FIND)]
    own = {settlement_account_id(transaction.tenant_id, entry.currency) for entry in transaction.entries}
    place = next((place for place, account_id in enumerate(account_ids) if account_id not in own), 0)
    return _FIND[place], transaction.tenant_id, account_ids[place], transaction.posted_at, transaction.id
