"""Fraud in memory: the real rules and use cases, on cases that vanish with the test."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self, TypeVar

from bankcore.errors import LedgerInvariantError, NotFoundError
from bankcore.fraud.activity import ENTRIES_MAX, AccountActivity, History, Line, movements_of
from bankcore.fraud.cases import CaseStatus, FraudCase, FraudCaseId
from bankcore.fraud.events import FraudEvent
from bankcore.fraud.examine import Examine
from bankcore.fraud.policy import FraudPolicy
from bankcore.fraud.ports import CaseFilter, FraudQueries, FraudUnit, FraudUnits
from bankcore.fraud.review import Review
from bankcore.fraud.services import FraudServices
from bankcore.idempotency.keys import Claim, IdempotencyKey, KeyRecord
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import AccountKind
from bankcore.ledger.ports import LedgerUnit
from bankcore.ledger.service import LedgerService
from bankcore.ledger.transactions import Entry
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.books import InMemoryBooks
from bankcore.testing.enclosed_units import EnclosedUnits
from bankcore.testing.unit_of_work import InMemoryLedgerUnit

T = TypeVar("T")


@dataclass(slots=True)
class InMemoryCases:
    """What a database would hold of one tenant's fraud; every stored value is immutable."""

    policy: FraudPolicy = field(default_factory=FraudPolicy)
    cases: dict[FraudCaseId, FraudCase] = field(default_factory=dict)
    events: list[FraudEvent] = field(default_factory=list)

    def draft(self) -> Self:
        """A copy; what is written there is not seen here."""
        return replace(self, cases=dict(self.cases), events=list(self.events))

    def commit(self, draft: Self) -> None:
        """Become what the draft is."""
        self.cases, self.events = draft.cases, draft.events


class InMemoryFraudUnit(FraudUnit):
    """Cases and books of one tenant inside one unit of work, each on a draft."""

    def __init__(self, draft: InMemoryCases, books: InMemoryBooks, unit: LedgerUnit, bank: InMemoryBank) -> None:
        """On those drafts."""
        self._draft = draft
        self._books = books
        self._unit = unit
        self._ledger = LedgerService(bank.tenant_id, EnclosedUnits(unit), bank.ids)

    @property
    def opened_at(self) -> datetime:
        """When this unit of work began, by the clock of the bank."""
        return self._unit.opened_at

    @property
    def ledger(self) -> LedgerService:
        """The ledger on the draft of the books."""
        return self._ledger

    def claim_keys(self, keys: Sequence[IdempotencyKey]) -> Mapping[IdempotencyKey, Claim]:
        """As the unit of work of the ledger."""
        return self._unit.claim_keys(keys)

    def store_outcomes(self, records: Iterable[KeyRecord]) -> None:
        """As the unit of work of the ledger."""
        self._unit.store_outcomes(records)

    def get_policy(self) -> FraudPolicy:
        """The policy of the tenant."""
        return self._draft.policy

    def find_activity(self, account_id: AccountId, sequence: int) -> AccountActivity | None:
        """The activity of the account when its entry with that sequence was the last one."""
        last = self._books.entries.get((account_id, sequence))
        if last is None:
            return None
        first = max(sequence - ENTRIES_MAX, 1)
        entries = [self._books.entries[account_id, number] for number in range(sequence, first - 1, -1)]
        examined = movements_of(self._line(entry) for entry in entries if entry.transaction_id == last.transaction_id)
        earlier = movements_of(self._line(entry) for entry in entries if entry.transaction_id != last.transaction_id)
        account = self._books.accounts[account_id]
        return (
            AccountActivity(
                account_id=account_id,
                currency=account.currency,
                movement=examined[0],
                recent=tuple(earlier),
                history=History(opened_at=account.created_at, is_complete=first == 1),
            )
            if examined
            else None
        )

    def is_covered(self, account_id: AccountId, transaction_id: TransactionId, *, points: int) -> bool:
        """Whether the movement has its case, or the account has an open one with at least so many points."""
        return any(
            case.transaction_id == transaction_id or (case.status is CaseStatus.OPEN and case.score.points >= points)
            for case in self._draft.cases.values()
            if case.account_id == account_id
        )

    def add_case(self, case: FraudCase) -> None:
        """Add the case; LedgerInvariantError if the movement has one, since nobody else is at work."""
        if any(
            (known.account_id, known.transaction_id) == (case.account_id, case.transaction_id)
            for known in self._draft.cases.values()
        ):
            raise LedgerInvariantError(f"transaction {case.transaction_id} has its case on {case.account_id}")
        self._draft.cases[case.id] = case

    def lock_case(self, case_id: FraudCaseId) -> FraudCase | None:
        """The case; nobody else is at work, so nobody waits."""
        return self._draft.cases.get(case_id)

    def update_case(self, case: FraudCase) -> None:
        """Write status and decision."""
        self._draft.cases[case.id] = replace(self._draft.cases[case.id], status=case.status, decision=case.decision)

    def publish(self, events: Iterable[FraudEvent]) -> None:
        """Keep the events; they are seen once this unit of work is committed."""
        self._draft.events.extend(events)

    def _line(self, entry: Entry) -> Line:
        """The entry with the customer who has the largest entry on the other side of its transaction."""
        others = [
            other
            for other in self._books.transactions[entry.transaction_id].entries
            if (other.amount_minor > 0) != (entry.amount_minor > 0) and other.account_id != entry.account_id
        ]
        largest = max(others, key=lambda other: (abs(other.amount_minor), other.account_id), default=None)
        is_customer = largest is not None and self._books.accounts[largest.account_id].kind is AccountKind.CUSTOMER
        counterparty = largest.account_id if largest is not None and is_customer else None
        return Line(entry.transaction_id, entry.amount_minor, counterparty, entry.posted_at)


class InMemoryFraudUnits(FraudUnits):
    """Runs units of work on cases and books one after another, from any number of threads."""

    def __init__(self, stored: InMemoryCases, bank: InMemoryBank) -> None:
        """On those cases, and the books and the clock of that bank."""
        self._stored = stored
        self._bank = bank
        self._keys_held_elsewhere: set[IdempotencyKey] = set()

    def run(self, work: Callable[[FraudUnit], T], *, resubmittable: bool = False) -> T:  # noqa: ARG002 - none is lost
        """Run the work and commit; if it raises, nothing has happened."""
        with self._bank.books.lock:
            draft, books = self._stored.draft(), self._bank.books.draft()
            unit = InMemoryLedgerUnit(
                books,
                opened_at=self._bank.clock.now(),
                keys_held_elsewhere=frozenset(self._keys_held_elsewhere),
            )
            result = work(InMemoryFraudUnit(draft, books, unit, self._bank))
            self._stored.commit(draft)
            self._bank.books.commit(books)
            return result

    @contextmanager
    def holding_key(self, key: IdempotencyKey) -> Iterator[None]:
        """For as long as the context lasts, the key is held as if by another unit of work that is still running."""
        self._keys_held_elsewhere.add(key)
        try:
            yield
        finally:
            self._keys_held_elsewhere.discard(key)


class InMemoryFraudQueries(FraudQueries):
    """Reads of cases in memory."""

    def __init__(self, stored: InMemoryCases) -> None:
        """Of those cases."""
        self._stored = stored

    def get_case(self, case_id: FraudCaseId) -> FraudCase:
        """The case; NotFoundError."""
        case = self._stored.cases.get(case_id)
        if case is None:
            raise NotFoundError(resource="fraud_case", identifier=str(case_id))
        return case

    def list_cases(self, wanted: CaseFilter, *, before: FraudCaseId | None = None, limit: int) -> Sequence[FraudCase]:
        """The cases, latest first, from just before the given one."""
        found = [
            case
            for case in self._stored.cases.values()
            if wanted.status in {None, case.status}
            and wanted.account_id in {None, case.account_id}
            and (before is None or case.id < before)
        ]
        return sorted(found, key=lambda case: case.id, reverse=True)[:limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemoryFraud:
    """One tenant's fraud, and what a test looks at: the stored cases with the policy."""

    stored: InMemoryCases
    units: InMemoryFraudUnits
    services: FraudServices
    examine: Examine


def in_memory_fraud(bank: InMemoryBank, policy: FraudPolicy | None = None) -> InMemoryFraud:
    """Fraud without cases for the tenant of that bank, whose clock moves its time."""
    stored = InMemoryCases(policy or FraudPolicy())
    units = InMemoryFraudUnits(stored, bank)
    return InMemoryFraud(
        stored=stored,
        units=units,
        services=FraudServices(Review(bank.tenant_id, units, bank.ids), InMemoryFraudQueries(stored)),
        examine=Examine(bank.tenant_id, bank.ids),
    )
