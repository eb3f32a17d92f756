"""Time along an account: it only moves forward, any past balance can be told, and a history is walked once."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Deposit, Transfer
from bankcore.ledger.queries import HistoryFilter, HistoryPosition, TransactionView
from bankcore.ledger.transactions import Entry, Transaction
from bankcore.testing import strategies
from bankcore_infra.db.engine import Database
from tests.integration.ledger.books import require_sound
from tests.worlds.sql_bank import ScratchCluster, SqlBank, sql_bank
from tests.worlds.values import NPR, npr

MICROSECOND: Final = timedelta(microseconds=1)
EXAMPLES: Final = 25


@pytest.fixture(scope="module")
def open_database(cluster: ScratchCluster) -> Iterator[SqlBank]:
    """A database for all examples; each makes a tenant of its own."""
    with cluster.database() as scratch:
        database = Database(scratch.url())
        yield sql_bank(scratch, database)
        database.close()


def entries_of(bank: SqlBank, account_id: AccountId) -> list[Entry]:
    """All entries of the account, first to last."""
    return list(bank.queries.list_entries(account_id, limit=1_000))[::-1]


def test_a_unit_of_work_that_began_earlier_and_posts_later_is_posted_later(bank: SqlBank) -> None:
    alice, bob = bank.open_account(), bank.open_account("bob")
    with bank.database.engine_for(bank.tenant_id).begin() as caller:
        began = caller.scalar(text("SELECT now()"))
        between = bank.ledger.deposit(alice.id, npr("1.00"))

        after = bank.using(caller).deposit(alice.id, npr("2.00"))
        apart = bank.using(caller).transfer(alice.id, bob.id, npr("1.00"))

    assert began is not None
    assert began < between.posted_at < after.posted_at < apart.posted_at
    assert [entry.sequence for entry in entries_of(bank, alice.id)] == [1, 2, 3]
    assert bank.queries.balance_at(alice.id, between.posted_at).balance == npr("1.00")
    require_sound(bank)


def test_an_account_whose_last_entry_lies_in_the_future_still_moves_forward(bank: SqlBank) -> None:
    alice = bank.open_account(balance="1.00")
    # As after a server's clock was wrong for a while and has been put right.
    ahead = bank.scratch.scalar("SELECT now() + interval '4 minutes'")
    for table, column in (("entries", "posted_at"), ("transactions", "posted_at"), ("accounts", "last_posted_at")):
        bank.scratch.execute(
            f"ALTER TABLE bankcore.{table} DISABLE TRIGGER USER; UPDATE bankcore.{table} SET {column} = '{ahead}'"
            f" WHERE {column} IS NOT NULL; ALTER TABLE bankcore.{table} ENABLE TRIGGER USER"
        )

    posted = bank.ledger.deposit(alice.id, npr("1.00"))

    assert isinstance(ahead, datetime)
    assert posted.posted_at == ahead + MICROSECOND
    # The clock says that both were posted by now.
    assert bank.queries.balance_at(alice.id, ahead).balance == npr("2.00")


@settings(
    max_examples=EXAMPLES, deadline=timedelta(seconds=20), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
@pytest.mark.timeout(180)
def test_the_balance_at_any_instant_is_the_sum_of_the_entries_until_then(
    open_database: SqlBank, data: st.DataObject
) -> None:
    bank = new_tenant(open_database)
    ids = [bank.open_account(f"o{place}", floor=None).id for place in range(3)]
    for batch in data.draw(st.lists(strategies.batches(ids, NPR, size_max=6), min_size=1, max_size=6)):
        bank.ledger.execute(batch)

    for account_id in ids:
        entries = entries_of(bank, account_id)
        told = {entry.posted_at + shift for entry in entries for shift in (-MICROSECOND, timedelta(0), MICROSECOND)}
        for instant in told:
            expected = sum(entry.amount_minor for entry in entries if entry.posted_at <= instant)
            assert bank.queries.balance_at(account_id, instant).balance.minor == expected
        now = bank.queries.balance_at(account_id)
        assert now.balance.minor == sum(entry.amount_minor for entry in entries)


def new_tenant(bank: SqlBank) -> SqlBank:
    number = bank.scratch.scalar("SELECT count(*) FROM bankcore.tenants")
    return sql_bank(bank.scratch, bank.database, f"t{number}")


@pytest.fixture(scope="module")
def busy(open_database: SqlBank) -> SqlBank:
    """A tenant whose Alice has three accounts with many transactions, most of them posted at the same instants."""
    bank = new_tenant(open_database)
    ids = [bank.open_account("alice", floor=None).id for _ in range(3)]
    bob = bank.open_account("bob", floor=None).id
    for round_ in range(12):
        bank.ledger.execute(
            [
                *(Deposit(account_id, npr("1.00"), reference=f"r{round_ % 3}") for account_id in ids),
                *(Transfer(account_id, bob, npr("0.10")) for account_id in ids[: 1 + round_ % 3]),
                Transfer(ids[0], ids[1], npr("0.25")),
                Deposit(bob, npr("1.00")),
            ]
        )
    # Two units of work in one transaction are opened at one instant, and on separate accounts posted at it.
    with bank.database.engine_for(bank.tenant_id).begin() as caller:
        for account_id in ids:
            bank.using(caller).transfer(account_id, bob, npr("0.01"))
    return bank


def walk(bank: SqlBank, wanted: HistoryFilter, limit: int) -> list[Transaction]:
    """The whole history, page after page."""
    seen: list[TransactionView] = []
    before: HistoryPosition | None = None
    while page := bank.queries.history(wanted, before=before, limit=limit):
        assert len(page) <= limit
        seen += page
        before = HistoryPosition(page[-1].transaction.posted_at, page[-1].transaction.id)
    return [view.transaction for view in seen]


def expected_history(bank: SqlBank, condition: str = "true") -> list[object]:
    """The ids of Alice's transactions, latest first, by a query that knows nothing of pages."""
    rows = bank.scratch.rows(
        f"""SELECT t.id FROM bankcore.transactions t WHERE t.tenant_id = %s AND {condition} AND EXISTS (
                SELECT FROM bankcore.entries e
                JOIN bankcore.accounts a ON (a.tenant_id, a.id) = (e.tenant_id, e.account_id)
                WHERE (e.tenant_id, e.transaction_id) = (t.tenant_id, t.id) AND a.owner_id = 'alice')
            ORDER BY t.posted_at DESC, t.id DESC""",
        bank.tenant_id,
    )
    return [row[0] for row in rows]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_a_history_is_walked_once_though_accounts_share_instants(busy: SqlBank, limit: int) -> None:
    walked = walk(busy, HistoryFilter(owner_id="alice"), limit)

    assert [transaction.id for transaction in walked] == expected_history(busy)
    assert len({transaction.posted_at for transaction in walked}) < len(walked) // 2


@pytest.mark.parametrize("limit", [1, 5, 40])
def test_pages_by_number_show_the_same(busy: SqlBank, limit: int) -> None:
    wanted = HistoryFilter(owner_id="alice")
    expected = expected_history(busy)

    pages = [
        busy.queries.history(wanted, offset=offset, limit=limit) for offset in range(0, len(expected) + limit, limit)
    ]

    assert [view.transaction.id for page in pages for view in page] == expected


@pytest.mark.parametrize("limit", [2, 100])
@pytest.mark.parametrize("name", ["kind", "reference", "from", "to", "both", "account"])
def test_a_filtered_history_is_walked_once_too(busy: SqlBank, limit: int, name: str) -> None:
    everything = walk(busy, HistoryFilter(owner_id="alice"), 100)
    middle = everything[len(everything) // 2].posted_at
    account = busy.queries.list_accounts(owner_id="alice", limit=1)[0]
    wanted, condition = {
        "kind": (HistoryFilter(owner_id="alice", kind="transfer"), "t.kind = 'transfer'"),
        "reference": (HistoryFilter(owner_id="alice", reference="r1"), "t.reference = 'r1'"),
        "from": (HistoryFilter(owner_id="alice", from_instant=middle), f"t.posted_at >= '{middle}'"),
        "to": (HistoryFilter(owner_id="alice", to_instant=middle), f"t.posted_at < '{middle}'"),
        "both": (
            HistoryFilter(owner_id="alice", from_instant=middle, to_instant=middle + MICROSECOND, kind="deposit"),
            f"t.posted_at = '{middle}' AND t.kind = 'deposit'",
        ),
        "account": (
            HistoryFilter(owner_id="alice", account_id=account.id),
            f"('{account.id}', t.id) IN (SELECT account_id, transaction_id FROM bankcore.entries)",
        ),
    }[name]

    expected = expected_history(busy, condition)
    assert [transaction.id for transaction in walk(busy, wanted, limit)] == expected
    assert 0 < len(expected) < len(everything)


def test_new_transactions_do_not_shift_a_walk_that_has_begun(busy: SqlBank) -> None:
    before_walk = expected_history(busy)
    first = busy.queries.history(HistoryFilter(owner_id="alice"), limit=5)
    account = busy.queries.list_accounts(owner_id="alice", limit=1)[0]
    busy.ledger.deposit(account.id, npr("1.00"))

    position = HistoryPosition(first[-1].transaction.posted_at, first[-1].transaction.id)
    rest = busy.queries.history(HistoryFilter(owner_id="alice"), before=position, limit=100)

    seen: Sequence[TransactionView] = [*first, *rest]
    assert [view.transaction.id for view in seen] == before_walk


def test_the_books_behind_these_histories_are_sound(busy: SqlBank) -> None:
    require_sound(busy)
