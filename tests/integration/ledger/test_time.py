"""Clocks jump and step back; nobody waits for them, and what is read by time is what was posted."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import psycopg
import pytest
from typing_extensions import override

from bankcore.errors import LedgerInvariantError
from bankcore.ledger.ports import LedgerUnit, UnitsOfWork
from bankcore.ledger.queries import HistoryFilter, HistoryPosition
from bankcore.ledger.service import LedgerService
from bankcore.ledger.transaction_recorder import LEAD_MAX
from bankcore.testing import read_books, require_sound_books
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.ledger.unit import SqlLedgerUnit
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr

T = TypeVar("T")
AHEAD = [timedelta(seconds=90), LEAD_MAX + timedelta(seconds=1), timedelta(days=400)]
END_OF_TIME = datetime(9999, 12, 30, tzinfo=UTC)


class JumpedUnit(SqlLedgerUnit):
    """A unit of work of a database whose clock had jumped ahead."""

    ahead = timedelta(0)

    @property
    @override
    def opened_at(self) -> datetime:
        return END_OF_TIME if self.ahead == timedelta.max else super().opened_at + self.ahead


class JumpedUnits(UnitsOfWork):
    """The bank's units of work at that time."""

    def __init__(self, bank: SqlBank, ahead: timedelta) -> None:
        self.bank, self.ahead = bank, ahead

    @override
    def run(self, work: Callable[[LedgerUnit], T], *, resubmittable: bool = False) -> T:
        def run_in(connection: TenantConnection) -> T:
            unit = JumpedUnit(connection, self.bank.signals)
            unit.ahead = self.ahead
            return work(unit)

        return OwnTransactions(self.bank.database, self.bank.tenant_id).run(run_in, resubmittable=resubmittable)

    @override
    def rehearse(self, work: Callable[[LedgerUnit], T]) -> T:
        raise NotImplementedError


def jumped(bank: SqlBank, ahead: timedelta) -> LedgerService:
    """The bank's ledger as it was when the clock was ahead."""
    return LedgerService(bank.tenant_id, JumpedUnits(bank, ahead), bank.ids)


def now_of(bank: SqlBank) -> datetime:
    """The present by the database's clock."""
    now = bank.scratch.scalar("SELECT clock_timestamp()")
    assert isinstance(now, datetime)
    return now


def pages(bank: SqlBank, owner_id: str) -> Iterator[str]:
    """The references in the owner's history, read page by page."""
    before = None
    while page := bank.queries.history(HistoryFilter(owner_id=owner_id), before=before, limit=2):
        for view in page:
            yield str(view.transaction.reference)
        before = HistoryPosition(page[-1].transaction.posted_at, page[-1].transaction.id)


@pytest.mark.parametrize("ahead", [*AHEAD, timedelta.max], ids=str)
def test_a_posting_of_the_future_holds_nobody_up(bank: SqlBank, ahead: timedelta) -> None:
    alice, bob = bank.open_account("alice"), bank.open_account("bob", balance="5.00")
    jumped(bank, ahead).deposit(alice.id, npr("10"), reference="future")

    for number in range(3):
        bank.ledger.deposit(alice.id, npr("1"), reference=f"alice {number}")
        bank.ledger.deposit(bob.id, npr("1"))
    moved = bank.ledger.transfer(alice.id, bob.id, npr("2"), reference="moved")

    now = now_of(bank)
    assert moved.posted_at < now + LEAD_MAX
    assert bank.accounts.balance(alice.id, at=now).balance == npr("11")
    assert bank.accounts.balance(bob.id, at=now).balance == npr("10")
    assert sorted(pages(bank, "alice")) == ["alice 0", "alice 1", "alice 2", "future", "moved"]
    assert bank.queries.last_sequence_at(alice.id, now - timedelta(days=1)) == 0
    require_sound_books(read_books(bank.queries, ["alice", "bob"]))


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
def test_the_present_shows_what_the_future_has_posted(bank: SqlBank, ahead: timedelta) -> None:
    alice = bank.open_account("alice", balance="5.00")
    posted_at = bank.queries.list_entries(alice.id, limit=1)[0].posted_at
    jumped(bank, ahead).deposit(alice.id, npr("10"))

    now = now_of(bank)

    assert bank.accounts.balance(alice.id, at=now).balance == npr("15")
    assert bank.accounts.balance(alice.id, at=now + timedelta(days=1)).balance == npr("15")
    assert bank.accounts.balance(alice.id, at=posted_at - timedelta(minutes=2)).balance == npr("0")


def test_time_that_began_anew_several_times_is_read_in_the_order_of_posting(bank: SqlBank) -> None:
    alice = bank.open_account("alice")
    for ahead in (timedelta(days=3), timedelta(0), timedelta(days=2), timedelta(days=1)):
        jumped(bank, ahead).deposit(alice.id, npr("1"), reference=f"{ahead.days} days")

    def sequence_in(days: float) -> int:
        return bank.queries.last_sequence_at(alice.id, now_of(bank) + timedelta(days=days))

    assert bank.scratch.rows(
        "SELECT sequence FROM bankcore.time_breaks WHERE account_id = %s ORDER BY 1", alice.id
    ) == [
        (2,),
        (4,),
    ]
    assert sequence_in(-1) == 0
    assert sequence_in(0) == 4
    assert list(pages(bank, "alice")) == ["3 days", "2 days", "1 days", "0 days"]


@pytest.mark.parametrize("instant", ["infinity", "10000-01-01 00:00:00+00", "294276-01-01 00:00:00+00"])
@pytest.mark.parametrize("column", ["posted_at", "effective_at"])
def test_a_time_that_could_not_be_read_again_is_not_recorded(bank: SqlBank, instant: str, column: str) -> None:
    alice = bank.open_account("alice", balance="5.00")
    (original,) = bank.queries.list_entries(alice.id, limit=1)
    times = [f"'{instant}'" if name == column else "now()" for name in ("posted_at", "effective_at")]
    transaction = (
        "INSERT INTO bankcore.transactions (tenant_id, id, posted_at, effective_at, kind)"
        f" SELECT tenant_id, gen_random_uuid(), {times[0]}, {times[1]}, kind FROM bankcore.transactions WHERE id = %s"
        " RETURNING id"
    )
    amount = "CASE kind WHEN 'customer' THEN 1 ELSE -1 END"
    entries = (
        f"INSERT INTO bankcore.entries SELECT tenant_id, id, version + 1, %s, {amount}, balance_minor,"
        f" balance_minor + {amount}, {times[0]}, currency, head_hash FROM bankcore.accounts"
    )
    with psycopg.connect(bank.scratch.url()) as connection:
        connection.execute("SELECT set_config('bankcore.tenant_id', %s, true)", (str(bank.tenant_id),))
        row = connection.execute(transaction.encode(), (original.transaction_id,)).fetchone()
        assert row is not None

        with pytest.raises(psycopg.Error, match="new transaction"):
            connection.execute(entries.encode(), (row[0],))


def test_an_entry_that_is_before_one_of_the_present_is_still_refused(bank: SqlBank) -> None:
    alice = bank.open_account("alice", balance="5.00")
    jumped(bank, timedelta(minutes=1)).deposit(alice.id, npr("1"))

    with pytest.raises(LedgerInvariantError):
        jumped(bank, timedelta(minutes=-10)).deposit(alice.id, npr("1"))
