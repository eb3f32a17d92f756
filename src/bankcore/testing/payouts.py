"""Payouts in memory: the real rules and use cases, on jobs that vanish with the test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from bankcore.errors import LedgerInvariantError, NotFoundError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account
from bankcore.payouts.jobs import PayoutItem, PayoutItemStatus, PayoutJob, PayoutJobId, PayoutStatus
from bankcore.payouts.pay import CHUNK, PayItems
from bankcore.payouts.ports import PayoutQueries, PayoutUnit
from bankcore.payouts.rows import NamedAccounts, Payee
from bankcore.payouts.start import StartPayouts
from bankcore.payouts.steer import SteerPayouts
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.sections import Section
from bankcore.testing.unit_of_work import InMemoryLedgerUnit
from bankcore.testing.units import InMemoryUnit, InMemoryUnits

ItemName = tuple[PayoutJobId, int]


@dataclass(slots=True)
class InMemoryJobs(Section):
    """The stored jobs of one tenant with their items, and when each is due; every value is immutable."""

    jobs: dict[PayoutJobId, PayoutJob] = field(default_factory=dict)
    items: dict[ItemName, PayoutItem] = field(default_factory=dict)
    due_at: dict[PayoutJobId, datetime] = field(default_factory=dict)

    def items_of(self, job_id: PayoutJobId) -> list[PayoutItem]:
        """The items of the job in their order."""
        return sorted(
            (item for (owner, _place), item in self.items.items() if owner == job_id), key=lambda item: item.place
        )


class InMemoryPayoutUnit(InMemoryUnit, PayoutUnit):
    """Jobs and books of one tenant inside one unit of work, on a draft."""

    def __init__(self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank, stored: InMemoryJobs) -> None:
        super().__init__(ledger_unit, bank)
        self._books = ledger_unit.draft
        self._draft = ledger_unit.draft.section(stored)

    def find_payer(self, account_id: AccountId) -> Payee | None:
        account = self._books.accounts.get(account_id)
        return None if account is None else _payee_of(account)

    def find_payees(self, named: NamedAccounts) -> Mapping[UUID | str, Payee]:
        found: dict[UUID | str, Payee] = {}
        for account in self._books.accounts.values():
            if account.id in named.ids:
                found[account.id] = _payee_of(account)
            if account.number in named.numbers:
                found[account.number] = _payee_of(account)
        return found

    def add_job(self, job: PayoutJob, items: Sequence[PayoutItem]) -> None:
        self._draft.jobs[job.id] = job
        self._draft.items |= {(job.id, item.place): item for item in items}
        self._draft.due_at[job.id] = self.opened_at

    def find_job(self, job_id: PayoutJobId) -> PayoutJob | None:
        return self._draft.jobs.get(job_id)

    def lock_job(self, job_id: PayoutJobId) -> PayoutJob | None:
        return self._draft.jobs.get(job_id)

    def lock_due_job(self) -> PayoutJob | None:
        running = [job for job in self._draft.jobs.values() if job.status is PayoutStatus.RUNNING]
        due = [job for job in running if self._draft.due_at[job.id] <= self.opened_at]
        return min(due, key=lambda job: (self._draft.due_at[job.id], job.id), default=None)

    def next_items(self, job: PayoutJob, limit: int) -> Sequence[PayoutItem]:
        behind = (item for item in self._draft.items_of(job.id) if item.place > job.checkpoint)
        return [item for item in behind if item.status is PayoutItemStatus.UNPAID][:limit]

    def settle_items(self, job: PayoutJob, items: Sequence[PayoutItem]) -> None:
        """Write them; LedgerInvariantError if one is not unpaid, since nobody else is at work."""
        for item in items:
            if self._draft.items[job.id, item.place].status is not PayoutItemStatus.UNPAID:
                raise LedgerInvariantError(f"item {item.place} of payout {job.id} is settled already")
            self._draft.items[job.id, item.place] = item

    def reopen_failed(self, job: PayoutJob) -> int:
        failed = [item for item in self._draft.items_of(job.id) if item.status is PayoutItemStatus.FAILED]
        for item in failed:
            unpaid = replace(item, status=PayoutItemStatus.UNPAID, problem=None)
            self._draft.items[job.id, item.place] = unpaid
        return failed[0].place

    def update_job(self, job: PayoutJob, *, due_in: timedelta = timedelta()) -> None:
        self._draft.jobs[job.id] = job
        self._draft.due_at[job.id] = self.opened_at + due_in


class InMemoryPayoutQueries(PayoutQueries):
    """Reads of jobs in memory."""

    def __init__(self, stored: InMemoryJobs) -> None:
        self._stored = stored

    def get_job(self, job_id: PayoutJobId, *, owner_id: str | None = None) -> PayoutJob:
        """The job; NotFoundError."""
        job = self._stored.jobs.get(job_id)
        if job is None or not job.is_shown_to(owner_id):
            raise NotFoundError(resource="payout", identifier=str(job_id))
        return job

    def list_jobs(
        self, *, owner_id: str | None = None, before: PayoutJobId | None = None, limit: int
    ) -> Sequence[PayoutJob]:
        shown = [job for job in self._stored.jobs.values() if job.is_shown_to(owner_id)]
        found = [job for job in shown if before is None or job.id < before]
        return sorted(found, key=lambda job: job.id, reverse=True)[:limit]

    def list_items(
        self,
        job_id: PayoutJobId,
        *,
        owner_id: str | None = None,
        status: PayoutItemStatus | None = None,
        after: int = 0,
        limit: int,
    ) -> Sequence[PayoutItem]:
        """The items; NotFoundError."""
        self.get_job(job_id, owner_id=owner_id)
        behind = [item for item in self._stored.items_of(job_id) if item.place > after]
        return [item for item in behind if status in {None, item.status}][:limit]


@dataclass(frozen=True, slots=True)
class PayoutServices:
    """What one tenant's payouts offer to people."""

    start: StartPayouts
    steer: SteerPayouts
    queries: PayoutQueries


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemoryPayouts:
    """One tenant's payouts, with what workers do for a test to call."""

    stored: InMemoryJobs
    units: InMemoryUnits[InMemoryPayoutUnit]
    services: PayoutServices
    pay: PayItems


def in_memory_payouts(bank: InMemoryBank, *, chunk: int = CHUNK) -> InMemoryPayouts:
    """Payouts without jobs for the tenant of that bank, whose clock moves its time."""
    stored = InMemoryJobs()
    bank.books.add_section(stored)
    units = InMemoryUnits(bank, lambda unit: InMemoryPayoutUnit(unit, bank, stored))
    services = PayoutServices(
        StartPayouts(bank.tenant_id, units, bank.ids), SteerPayouts(units), InMemoryPayoutQueries(stored)
    )
    return InMemoryPayouts(stored=stored, units=units, services=services, pay=PayItems(units, chunk))


def _payee_of(account: Account) -> Payee:
    return Payee(account.id, account.owner_id, account.currency, account.kind, account.status)
