"""Fraud in memory: the real rules and use cases, on cases that vanish with the test."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bankcore.errors import LedgerInvariantError, NotFoundError
from bankcore.fraud.activity import History
from bankcore.fraud.cases import CaseStatus, FraudCase, FraudCaseId
from bankcore.fraud.change_policy import ChangePolicy
from bankcore.fraud.examine import Examine
from bankcore.fraud.movements import Line, Movement, Shares, between_customers, seconds_of
from bankcore.fraud.policy import FraudPolicy
from bankcore.fraud.ports import CaseFilter, Cover, FraudQueries, FraudUnit, Known, Remembered, Span
from bankcore.fraud.review import Review
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import AccountKind
from bankcore.ledger.transactions import Entry, Transaction
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.sections import Section
from bankcore.testing.unit_of_work import InMemoryLedgerUnit
from bankcore.testing.units import InMemoryUnit, InMemoryUnits


@dataclass(slots=True)
class InMemoryCases(Section):
    """The stored data of one tenant's fraud; every value is immutable."""

    policy: FraudPolicy = field(default_factory=FraudPolicy)
    cases: dict[FraudCaseId, FraudCase] = field(default_factory=dict)
    activities: dict[AccountId, Remembered] = field(default_factory=dict)


class InMemoryFraudUnit(InMemoryUnit, FraudUnit):
    """Cases and books of one tenant inside one unit of work, on a draft."""

    def __init__(self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank, stored: InMemoryCases) -> None:
        super().__init__(ledger_unit, bank)
        self._books = ledger_unit.draft
        self._draft = ledger_unit.draft.section(stored)

    def lock_known(self, account_ids: Collection[AccountId], other_sides: Collection[AccountId]) -> Known:
        remembered = self._draft.activities
        return Known(
            self._draft.policy,
            {account_id for account_id in other_sides if self._is_customer(account_id)},
            {account_id: remembered[account_id] for account_id in account_ids if account_id in remembered},
        )

    def find_histories(self, spans: Mapping[AccountId, Span]) -> Mapping[AccountId, History]:
        customers = {account_id: span for account_id, span in spans.items() if self._is_customer(account_id)}
        return {account_id: self._history(account_id, span) for account_id, span in customers.items()}

    def remember(self, activities: Mapping[AccountId, Remembered]) -> None:
        known = self._draft.activities
        for account_id, remembered in activities.items():
            if account_id not in known or known[account_id].sequence < remembered.sequence:
                known[account_id] = remembered

    def find_covers(self, movements: Sequence[tuple[AccountId, TransactionId]]) -> Sequence[Cover]:
        return [self._cover(account_id, transaction_id) for account_id, transaction_id in movements]

    def add_case(self, case: FraudCase) -> None:
        """Add the case; LedgerInvariantError if the movement has one, since nobody else is at work."""
        if any(
            (known.account_id, known.transaction_id) == (case.account_id, case.transaction_id)
            for known in self._draft.cases.values()
        ):
            raise LedgerInvariantError(f"transaction {case.transaction_id} has its case on {case.account_id}")
        self._draft.cases[case.id] = case

    def lock_case(self, case_id: FraudCaseId) -> FraudCase | None:
        return self._draft.cases.get(case_id)

    def update_case(self, case: FraudCase) -> None:
        self._draft.cases[case.id] = replace(self._draft.cases[case.id], status=case.status, decision=case.decision)

    def store_policy(self, policy: FraudPolicy) -> None:
        self._draft.policy = policy

    def _cover(self, account_id: AccountId, transaction_id: TransactionId) -> Cover:
        cases = [case for case in self._draft.cases.values() if case.account_id == account_id]
        return Cover(
            any(case.transaction_id == transaction_id for case in cases),
            max((case.score.points for case in cases if case.status is CaseStatus.OPEN), default=0),
        )

    def _history(self, account_id: AccountId, span: Span) -> History:
        entries = [self._books.entries[account_id, number] for number in range(span.first, span.end)]
        transactions = {entry.transaction_id: self._books.transactions[entry.transaction_id] for entry in entries}
        movements = (self._movement(account_id, transaction) for transaction in transactions.values())
        return History(
            seconds_of(self._books.accounts[account_id].created_at),
            tuple(one for one in movements if one is not None),
            is_complete=span.is_whole,
        )

    def _movement(self, account_id: AccountId, transaction: Transaction) -> Movement | None:
        moved = shares_of(transaction).met_by(account_id)
        return moved.movement(moved.other_side if self._is_customer(moved.other_side) else None)

    def _is_customer(self, account_id: AccountId) -> bool:
        return self._books.accounts[account_id].kind is AccountKind.CUSTOMER


def shares_of(transaction: Transaction) -> Shares:
    """The transaction on its accounts, as an event tells it."""
    lines = between_customers(transaction.tenant_id, map(_line_of, transaction.entries))
    return Shares.among(transaction.id, transaction.posted_at, lines)


def _line_of(entry: Entry) -> Line:
    return Line(entry.account_id, entry.sequence, entry.currency, entry.amount_minor)


class InMemoryFraudQueries(FraudQueries):
    """Reads of cases in memory."""

    def __init__(self, stored: InMemoryCases) -> None:
        self._stored = stored

    def get_policy(self) -> FraudPolicy:
        return self._stored.policy

    def get_case(self, case_id: FraudCaseId) -> FraudCase:
        """The case; NotFoundError."""
        case = self._stored.cases.get(case_id)
        if case is None:
            raise NotFoundError(resource="fraud_case", identifier=str(case_id))
        return case

    def list_cases(self, wanted: CaseFilter, *, before: FraudCaseId | None = None, limit: int) -> Sequence[FraudCase]:
        found = [
            case
            for case in self._stored.cases.values()
            if wanted.status in {None, case.status}
            and wanted.account_id in {None, case.account_id}
            and (before is None or case.id < before)
        ]
        return sorted(found, key=lambda case: case.id, reverse=True)[:limit]


@dataclass(frozen=True, slots=True)
class FraudServices:
    """What one tenant's fraud offers to people: cases to read and decide, and the policy to change."""

    review: Review
    queries: FraudQueries
    change_policy: ChangePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemoryFraud:
    """One tenant's fraud, with the stored cases and policy for a test to look at."""

    stored: InMemoryCases
    units: InMemoryUnits[InMemoryFraudUnit]
    services: FraudServices
    examine: Examine


def in_memory_fraud(bank: InMemoryBank, policy: FraudPolicy | None = None) -> InMemoryFraud:
    """Fraud without cases for the tenant of that bank, whose clock moves its time."""
    stored = InMemoryCases(policy or FraudPolicy())
    bank.books.add_section(stored)
    units = InMemoryUnits(bank, lambda unit: InMemoryFraudUnit(unit, bank, stored))
    return InMemoryFraud(
        stored=stored,
        units=units,
        services=FraudServices(
            Review(units),
            InMemoryFraudQueries(stored),
            ChangePolicy(units),
        ),
        examine=Examine(bank.tenant_id, bank.ids, "fraud"),
    )
