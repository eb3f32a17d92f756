"""Fraud's unit of work on PostgreSQL, with the ledger inside the same transaction."""

from collections.abc import Collection, Mapping, Sequence

from typing_extensions import override

from bankcore.errors import NotFoundError
from bankcore.fraud.activity import History
from bankcore.fraud.cases import FraudCase, FraudCaseId
from bankcore.fraud.policy import FraudPolicy
from bankcore.fraud.ports import CaseFilter, Cover, FraudQueries, FraudUnit, Known, Remembered, Span
from bankcore.identifiers import AccountId, TransactionId
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.fraud import cases
from bankcore_infra.fraud.activities import lock_known, remember
from bankcore_infra.fraud.histories import find_histories
from bankcore_infra.fraud.locks import lock_fraud_case
from bankcore_infra.fraud.policies import find_policy, store_policy
from bankcore_infra.fraud.records import RECORDS
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.units import SqlUnits, UnitParts


class SqlFraudUnit(SqlUnit, FraudUnit):
    """One tenant's policy and cases inside one transaction."""

    def __init__(self, connection: TenantConnection, parts: UnitParts) -> None:
        super().__init__(connection, parts, RECORDS)

    @override
    def lock_known(self, account_ids: Collection[AccountId], other_sides: Collection[AccountId]) -> Known:
        return lock_known(self._connection, account_ids, other_sides)

    @override
    def find_histories(self, spans: Mapping[AccountId, Span]) -> Mapping[AccountId, History]:
        return find_histories(self._connection, spans)

    @override
    def remember(self, activities: Mapping[AccountId, Remembered]) -> None:
        remember(self._connection, activities)

    @override
    def find_covers(self, movements: Sequence[tuple[AccountId, TransactionId]]) -> Sequence[Cover]:
        return cases.find_covers(self._connection, movements)

    @override
    def add_case(self, case: FraudCase) -> None:
        cases.add_case(self._connection, case)

    @override
    def lock_case(self, case_id: FraudCaseId) -> FraudCase | None:
        row = lock_fraud_case(self._connection.sql, self._connection.tenant_id, case_id)
        return None if row is None else cases.case_of(row)

    @override
    def update_case(self, case: FraudCase) -> None:
        cases.update_case(self._connection, case)

    @override
    def store_policy(self, policy: FraudPolicy) -> None:
        store_policy(self._connection, policy)


class SqlFraudUnits(SqlUnits[SqlFraudUnit]):
    """Units of work of fraud, in transactions of one tenant."""

    def __init__(self, transactions: Transactions, parts: UnitParts) -> None:
        super().__init__(transactions, parts.signals, lambda connection: SqlFraudUnit(connection, parts))


class SqlFraudQueries(FraudQueries):
    """The cases and the policy of one tenant, in read-only transactions."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def get_policy(self) -> FraudPolicy:
        return self._transactions.rehearse(find_policy)

    @override
    def get_case(self, case_id: FraudCaseId) -> FraudCase:
        case = self._transactions.rehearse(lambda connection: cases.find_case(connection, case_id))
        if case is None:
            raise NotFoundError(resource="fraud_case", identifier=str(case_id))
        return case

    @override
    def list_cases(self, wanted: CaseFilter, *, before: FraudCaseId | None = None, limit: int) -> Sequence[FraudCase]:
        return self._transactions.rehearse(
            lambda connection: cases.list_cases(connection, wanted, before=before, limit=limit)
        )
