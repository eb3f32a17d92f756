"""Fraud's unit of work on PostgreSQL, with the ledger inside the same transaction."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from typing_extensions import override

from bankcore.errors import NotFoundError
from bankcore.fraud.activity import History
from bankcore.fraud.cases import FraudCase, FraudCaseId
from bankcore.fraud.events import FraudEvent
from bankcore.fraud.policy import FraudPolicy
from bankcore.fraud.ports import CaseFilter, Cover, FraudQueries, FraudUnit, FraudUnits, Known, Remembered, Span
from bankcore.idempotency.keys import Claim, IdempotencyKey, KeyRecord
from bankcore.identifiers import AccountId, IdentifierSource, TransactionId
from bankcore.ledger.events import LedgerEvent
from bankcore.ledger.service import LedgerService
from bankcore_infra.audit.recording.records import append_audit_records
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.fraud import cases
from bankcore_infra.fraud.activities import lock_known, remember
from bankcore_infra.fraud.audit_records import fraud_record
from bankcore_infra.fraud.histories import find_histories
from bankcore_infra.fraud.locks import lock_fraud_case
from bankcore_infra.fraud.policies import find_policy, store_policy
from bankcore_infra.idempotency.keys import claim_keys, store_outcomes
from bankcore_infra.ledger.enclosed_units import EnclosedLedgerUnits
from bankcore_infra.signals import LedgerSignals

T = TypeVar("T")


class SqlFraudUnit(FraudUnit):
    """One tenant's policy and cases inside one transaction."""

    def __init__(
        self, connection: TenantConnection, signals: LedgerSignals, ids: IdentifierSource, *, key_lifetime: timedelta
    ) -> None:
        """For that transaction; what the ledger published in it is in `published`."""
        self._connection = connection
        self._ledger_units = EnclosedLedgerUnits(connection, signals)
        self._ledger = LedgerService(connection.tenant_id, self._ledger_units, ids, key_lifetime=key_lifetime)

    @property
    def published(self) -> list[LedgerEvent]:
        """The ledger's events, to be told after the commit."""
        return self._ledger_units.published

    @property
    @override
    def opened_at(self) -> datetime:
        return self._connection.opened_at

    @property
    @override
    def ledger(self) -> LedgerService:
        return self._ledger

    @override
    def claim_keys(self, keys: Sequence[IdempotencyKey]) -> Mapping[IdempotencyKey, Claim]:
        return claim_keys(self._connection, keys)

    @override
    def store_outcomes(self, records: Iterable[KeyRecord]) -> None:
        store_outcomes(self._connection, list(records))

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

    @override
    def publish(self, events: Iterable[FraudEvent]) -> None:
        append_audit_records(self._connection, [fraud_record(event) for event in events])


class SqlFraudUnits(FraudUnits):
    """Units of work of fraud, in transactions of one tenant."""

    def __init__(
        self, transactions: Transactions, signals: LedgerSignals, ids: IdentifierSource, *, key_lifetime: timedelta
    ) -> None:
        """With that source of transactions; the ledger in them remembers keys for that long."""
        self._transactions = transactions
        self._signals = signals
        self._ids = ids
        self._key_lifetime = key_lifetime

    @override
    def run(self, work: Callable[[FraudUnit], T], *, resubmittable: bool = False) -> T:
        def run_in(connection: TenantConnection) -> tuple[T, list[LedgerEvent]]:
            unit = SqlFraudUnit(connection, self._signals, self._ids, key_lifetime=self._key_lifetime)
            return work(unit), unit.published

        result, ledger_events = self._transactions.run(run_in, resubmittable=resubmittable)
        self._signals.tell_committed(ledger_events)
        return result


class SqlFraudQueries(FraudQueries):
    """The cases and the policy of one tenant, read in transactions that change nothing."""

    def __init__(self, transactions: Transactions) -> None:
        """For the tenant of those transactions."""
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
