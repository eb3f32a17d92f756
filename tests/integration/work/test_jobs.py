"""A job runs once in each slot, whoever schedules it and whatever dies meanwhile."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bankcore.identifiers import TenantId
from bankcore.ledger.commands import Deposit
from bankcore.testing.clock import FrozenClock
from bankcore_infra.idempotency.reaper import reap_expired_keys
from bankcore_infra.schedule import DailyJob, KeepAlive
from bankcore_infra.tenancy.directory import SqlTenantDirectory
from bankcore_infra.work.jobs import JobRunner, JobScheduler
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr
from tests.worlds.workers import ListSender

KATHMANDU = ZoneInfo("Asia/Kathmandu")
NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
SLOT = datetime(2026, 2, 9, 21, 15, tzinfo=UTC)


class Office:
    """Schedulers and a runner for one job, with a clock that stands still."""

    def __init__(self, bank: SqlBank) -> None:
        self.bank = bank
        self.clock = FrozenClock(NOON)
        self.sender = ListSender()
        self.work: Callable[[TenantId, KeepAlive], None] = lambda _tenant, _keep_alive: None
        self.runs: list[TenantId] = []
        job = DailyJob(name="counting", at=time(3, 0), zone=KATHMANDU, run=self._run)
        self.directory = SqlTenantDirectory(bank.database)
        self.schedulers = [
            JobScheduler(bank.database, self.directory, [job], self.sender, self.clock) for _ in range(2)
        ]
        self.runner = JobRunner(bank.database, [job])

    def _run(self, tenant_id: TenantId, keep_alive: KeepAlive) -> None:
        self.runs.append(tenant_id)
        self.work(tenant_id, keep_alive)

    def look(self) -> int:
        """Let both schedulers look at the same time: how many runs they sent."""
        sent: list[int] = []
        threads = [threading.Thread(target=lambda each=each: sent.append(each.look())) for each in self.schedulers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        return sum(sent)

    def work_off(self) -> None:
        """Run every message, each twice."""
        for message in [*self.sender.jobs, *self.sender.jobs]:
            self.runner.run(*message)
        self.sender.jobs.clear()

    def expire_leases(self) -> None:
        """Let the time of every lease be over."""
        self.bank.scratch.execute("UPDATE bankcore.job_runs SET lease_until = now()")

    def outcomes(self) -> list[tuple[object, ...]]:
        """What became of each slot."""
        return list(self.bank.scratch.rows("SELECT slot, outcome, last_error FROM bankcore.job_runs ORDER BY slot"))


@pytest.fixture
def office(bank: SqlBank) -> Office:
    """At noon, with nothing scheduled yet."""
    return Office(bank)


def test_a_slot_is_the_last_time_of_the_day_where_the_bank_is() -> None:
    job = DailyJob(name="counting", at=time(3, 0), zone=KATHMANDU, run=lambda _tenant, _keep_alive: None)

    assert job.latest_slot(datetime(2026, 2, 9, 21, 14, 59, tzinfo=UTC)) == SLOT - timedelta(days=1)
    assert job.latest_slot(datetime(2026, 2, 9, 21, 15, tzinfo=UTC)) == SLOT
    assert job.latest_slot(NOON) == SLOT


def test_a_day_with_a_change_of_clocks_has_one_slot() -> None:
    job = DailyJob(name="counting", at=time(2, 30), zone=ZoneInfo("Europe/Berlin"), run=lambda _tenant, _keep: None)
    hours = [datetime(2026, 3, 28, tzinfo=UTC) + timedelta(hours=hour) for hour in range(72)]

    assert len({job.latest_slot(hour) for hour in hours}) == 4


def test_two_schedulers_run_a_slot_once(office: Office) -> None:
    first, again = office.look(), office.look()
    office.work_off()
    assert (first, again) == (1, 0)
    office.clock.advance(timedelta(days=1))
    assert office.look() == 1
    office.work_off()

    assert office.runs == [office.bank.tenant_id] * 2
    assert office.outcomes() == [(SLOT, "succeeded", None), (SLOT + timedelta(days=1), "succeeded", None)]


def test_each_tenant_has_its_own_run(office: Office, other_bank: SqlBank) -> None:
    office.look()
    office.work_off()

    assert sorted(office.runs) == sorted([office.bank.tenant_id, other_bank.tenant_id])


def test_a_run_that_was_lost_is_sent_again(office: Office) -> None:
    office.look()
    office.sender.jobs.clear()
    assert office.look() == 0

    office.expire_leases()
    assert office.look() == 1
    office.work_off()

    assert len(office.runs) == 1


def test_a_run_that_failed_is_tried_again(office: Office) -> None:
    def fail(_tenant: TenantId, _keep_alive: KeepAlive) -> None:
        raise ValueError

    office.work = fail
    office.look()
    office.work_off()
    assert office.outcomes() == [(SLOT, None, "ValueError")]

    office.work = lambda _tenant, keep_alive: keep_alive()
    office.expire_leases()
    office.look()
    office.work_off()

    assert office.outcomes() == [(SLOT, "succeeded", None)]
    assert len(office.runs) == 2


def test_a_run_that_somebody_else_has_taken_over_stops(office: Office) -> None:
    def sleep(_tenant: TenantId, keep_alive: KeepAlive) -> None:
        office.work = lambda _tenant, _keep_alive: None
        office.expire_leases()
        office.look()
        keep_alive()

    office.work = sleep
    office.look()
    office.runner.run(*office.sender.jobs.pop())
    office.work_off()

    assert office.outcomes() == [(SLOT, "succeeded", None)]
    assert len(office.runs) == 2


def test_expired_keys_are_forgotten_in_batches_and_others_kept(bank: SqlBank, other_bank: SqlBank) -> None:
    alice = bank.open_account()
    theirs = other_bank.open_account()
    bank.ledger.execute([Deposit(alice.id, npr("1.00"), idempotency_key=f"old-{number}") for number in range(7)])
    other_bank.ledger.execute([Deposit(theirs.id, npr("1.00"), idempotency_key="theirs")])
    bank.scratch.execute("UPDATE bankcore.idempotency_keys SET expires_at = now() - interval '1 second'")
    bank.ledger.execute([Deposit(alice.id, npr("1.00"), idempotency_key="new")])

    assert reap_expired_keys(bank.database, bank.tenant_id, batch=3) == 7

    kept = bank.scratch.rows("SELECT key FROM bankcore.idempotency_keys ORDER BY key")
    assert kept == [("new",), ("theirs",)]
    forgotten = [("idempotency_keys.forgotten", "idempotency_reaper", rows) for rows in (3, 3, 1)]
    assert bank.removals() == forgotten
