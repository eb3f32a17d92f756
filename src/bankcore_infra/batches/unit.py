"""The unit of work of batches on PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Final

from typing_extensions import override

from bankcore.batches.ports import BatchUnit
from bankcore.events.stamps import CommandRefused
from bankcore.identifiers import TransactionId
from bankcore.ledger.transactions import Transaction
from bankcore_infra.audit.recording.records import Records
from bankcore_infra.audit.recording.refusals import refusal_record
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.ledger.reading import find_transactions
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.units import SqlUnits, UnitParts

RECORDS: Final[Records] = {CommandRefused: refusal_record}


class SqlBatchUnit(SqlUnit, BatchUnit):
    """One transaction of one tenant, with the ledger in it."""

    def __init__(self, connection: TenantConnection, parts: UnitParts) -> None:
        super().__init__(connection, parts, RECORDS)

    @override
    def find_transactions(self, transaction_ids: Sequence[TransactionId]) -> Mapping[TransactionId, Transaction]:
        return find_transactions(self._connection, transaction_ids)


class SqlBatchUnits(SqlUnits[SqlBatchUnit]):
    """Units of work of batches, in transactions of one tenant."""

    def __init__(self, transactions: Transactions, parts: UnitParts) -> None:
        super().__init__(transactions, parts.signals, lambda connection: SqlBatchUnit(connection, parts))
