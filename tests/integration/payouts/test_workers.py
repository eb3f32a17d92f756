"""Workers on PostgreSQL: one chunk of each tenant in turn, any number of workers at once, and what the log tells."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import psycopg
import pytest

from bankcore.errors import UnavailableError
from bankcore.idempotency.answers import Accepted
from bankcore.payouts.jobs import PayoutJob, PayoutStatus
from bankcore.payouts.pay import PayItems
from bankcore.payouts.steer import Steering
from bankcore.tenancy.tenants import TenantDirectory
from bankcore_infra.payouts.wiring import payout_worker
from bankcore_infra.payouts.worker import PayoutWorker
from tests.contract.payout_adapters import PayoutAdapter, postgresql_payout_adapter
from tests.integration.ledger.books import require_sound
from tests.worlds.sql_bank import SqlBank, sql_bank


@contextmanager
def locked(bank: SqlBank, job: PayoutJob) -> Iterator[None]:
    """The row of the job is locked, as by a worker that is at a chunk of it."""
    with psycopg.connect(bank.scratch.url("postgres")) as connection:
        connection.execute("SELECT FROM bankcore.payout_jobs WHERE id = %s FOR NO KEY UPDATE", (job.id,))
        yield


def test_a_job_that_another_worker_has_is_left_to_it(payouts: PayoutAdapter, bank: SqlBank) -> None:
    first, second = payouts.start(payouts.rows("1.00")), payouts.start(payouts.rows("2.00"))

    with locked(bank, first):
        paid = payouts.pay_all()

    assert [chunk.job.id for chunk in paid] == [second.id]
    assert [chunk.job.id for chunk in payouts.pay_all()] == [first.id]


def test_workers_at_once_pay_each_item_once(payouts: PayoutAdapter, bank: SqlBank) -> None:
    jobs = [payouts.start(payouts.rows(*["0.10"] * 40)) for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        chunks = [chunk for done in pool.map(lambda _each: payouts.pay_all(), range(4)) for chunk in done]

    # A worker that finds every job locked has nothing to do at that moment.
    chunks += payouts.pay_all()
    assert sum(chunk.items for chunk in chunks) == 160
    assert all(payouts.job(job).paid == job.total for job in jobs)
    assert payouts.received() == ["3.20"] * 5
    assert payouts.funds() == ("84.00", "0.00")
    require_sound(bank)


def test_every_tenant_has_its_turn(payouts: PayoutAdapter, bank: SqlBank) -> None:
    elsewhere = postgresql_payout_adapter(sql_bank(bank.scratch, bank.database, slug="other"))
    one, two = payouts.start(payouts.rows("1.00")), elsewhere.start(elsewhere.rows("2.00"))

    assert payout_worker(bank.database, bank.unit).pay_due()

    assert payouts.job(one).status is elsewhere.job(two).status is PayoutStatus.COMPLETED
    assert not payout_worker(bank.database, bank.unit).pay_due()


def test_a_worker_pays_until_it_is_told_to_stop(payouts: PayoutAdapter, bank: SqlBank) -> None:
    job, stop = payouts.start(), Event()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(payout_worker(bank.database, bank.unit, chunk=1).run, stop)
        while payouts.job(job).status is not PayoutStatus.COMPLETED:
            assert not running.done()
        stop.set()
        running.result(timeout=10)

    assert payouts.received() == ["10.00"] * 5


def test_what_goes_wrong_is_logged_and_tried_again(payouts: PayoutAdapter, bank: SqlBank) -> None:
    class Failing(PayItems):
        def pay_next(self) -> None:
            raise RuntimeError

    class Away(TenantDirectory):
        def __init__(self, stop: Event) -> None:
            self.stop = stop

        def find_tenant(self, slug: str) -> None:
            raise AssertionError(slug)

        def list_tenants(self) -> list[None]:  # type: ignore[override] # it never returns
            self.stop.set()
            raise UnavailableError

    tenants = payout_worker(bank.database, bank.unit)._tenants  # noqa: SLF001 - the real directory
    assert not PayoutWorker(tenants, lambda _tenant: Failing(payouts.units)).pay_due()
    stop = Event()
    PayoutWorker(Away(stop), lambda _tenant: payouts.pay).run(stop)


def test_the_audit_log_tells_of_jobs_and_not_once_more_of_items(payouts: PayoutAdapter, bank: SqlBank) -> None:
    job = payouts.start()
    payouts.steer(job, Steering.PAUSE)
    payouts.steer(job, Steering.PAUSE)
    payouts.steer(job, Steering.RESUME)
    payouts.pay_all()

    rows = bank.scratch.rows(
        "SELECT action, outcome, actor_id FROM bankcore.audit_log WHERE action LIKE 'payout.%%' ORDER BY xid, id"
    )
    assert rows == [
        ("payout.started", "success", "boss"),
        ("payout.paused", "success", "boss"),
        ("payout.paused", "rejected", "boss"),
        ("payout.resumed", "success", "boss"),
        ("payout.completed", "success", "payouts"),
    ]
    by_workers = bank.scratch.rows(
        "SELECT action, count(*) FROM bankcore.audit_log WHERE actor_id = 'payouts' GROUP BY 1 ORDER BY 1"
    )
    # Three chunks: each gives its hold back, and the first two set the rest aside again.
    assert by_workers == [("hold.placed", 2), ("hold.voided", 3), ("payout.completed", 1), ("transaction.posted", 5)]


def test_what_is_paid_cannot_be_unpaid(payouts: PayoutAdapter, bank: SqlBank) -> None:
    job = payouts.start()
    payouts.pay.pay_next()

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        bank.scratch.execute("UPDATE bankcore.payout_items SET status = 'unpaid', transaction_id = NULL")
    assert isinstance(payouts.steer(job, Steering.CALL_OFF), Accepted)


def test_an_item_whose_row_lost_its_payment_is_not_paid_again(payouts: PayoutAdapter, bank: SqlBank) -> None:
    job = payouts.start()
    payouts.pay_all()
    with bank.scratch.connection() as connection:
        # As after a restore of this table alone to a state of before.
        connection.execute("ALTER TABLE bankcore.payout_items DISABLE TRIGGER payout_items_paid_once")
        connection.execute("UPDATE bankcore.payout_items SET status = 'unpaid', transaction_id = NULL")
        connection.execute(
            "UPDATE bankcore.payout_jobs SET status = 'running', paid_items = 0, paid_minor = 0, checkpoint = 0,"
            " ended_at = NULL"
        )

    payouts.pay_all()

    assert payouts.received() == ["10.00"] * 5
    assert payouts.job(job).paid == job.total
