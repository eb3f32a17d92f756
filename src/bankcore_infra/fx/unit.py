"""FX's unit of work on PostgreSQL, with the ledger inside the same transaction, and reads of quotes."""

from typing_extensions import override

from bankcore.arguments import require_id, require_optional_words
from bankcore.errors import NotFoundError
from bankcore.fx.ports import FxQueries, FxUnit
from bankcore.fx.quotes import FxQuote, FxQuoteId, QuoteAsOf
from bankcore.identifiers import TransactionId
from bankcore.ledger.transactions import Transaction
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.fx import store
from bankcore_infra.fx.locks import lock_fx_quote
from bankcore_infra.fx.records import RECORDS
from bankcore_infra.ledger.reading import find_transactions
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.units import SqlUnits, UnitParts


class SqlFxUnit(SqlUnit, FxUnit):
    """Quotes of one tenant inside one transaction."""

    def __init__(self, connection: TenantConnection, parts: UnitParts) -> None:
        super().__init__(connection, parts, RECORDS)

    @override
    def add_quote(self, quote: FxQuote) -> None:
        store.add_quote(self._connection, quote)

    @override
    def find_quote(self, quote_id: FxQuoteId) -> FxQuote | None:
        row = store.find_quote_row(self._connection, quote_id)
        return None if row is None else store.quote_of(row)

    @override
    def lock_quote(self, quote_id: FxQuoteId) -> QuoteAsOf | None:
        row = lock_fx_quote(self._connection.sql, self._connection.tenant_id, quote_id)
        return None if row is None else QuoteAsOf(store.quote_of(row), row.as_of)

    @override
    def mark_used(self, quote: FxQuote) -> None:
        store.mark_used(self._connection, quote)

    @override
    def find_transaction(self, transaction_id: TransactionId) -> Transaction | None:
        return find_transactions(self._connection, [transaction_id]).get(transaction_id)


class SqlFxUnits(SqlUnits[SqlFxUnit]):
    """Units of work of FX, in transactions of one tenant."""

    def __init__(self, transactions: Transactions, parts: UnitParts) -> None:
        super().__init__(transactions, parts.signals, lambda connection: SqlFxUnit(connection, parts))


class SqlFxQueries(FxQueries):
    """The quotes of one tenant, in read-only transactions."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def get_quote(self, quote_id: FxQuoteId, *, owner_id: str | None = None) -> QuoteAsOf:
        require_id(quote_id, "/quoteId")
        require_optional_words(owner_id, "/ownerId")
        row = self._transactions.rehearse(lambda connection: store.find_quote_row(connection, quote_id))
        if row is not None:
            quote = store.quote_of(row)
            if quote.is_shown_to(owner_id):
                return QuoteAsOf(quote, row.as_of)
        raise NotFoundError(resource="fx_quote", identifier=str(quote_id))
