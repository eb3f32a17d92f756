"""Reads and new accounts take part in the caller's transaction, with the words that they have outside of it."""

import psycopg
import pytest
from sqlalchemy import Engine, text

from bankcore.errors import InvalidRequestError, NotFoundError
from bankcore.ledger.queries import HistoryFilter
from bankcore_infra.ledger.enclosed_books import enclosed_books
from tests.worlds.database_faults import accident_at
from tests.worlds.shop import HOST
from tests.worlds.sql_bank import SUPERUSER, SqlBank
from tests.worlds.values import npr


def test_what_was_opened_and_posted_in_it_is_read_in_it_and_nowhere_else(bank: SqlBank) -> None:
    with psycopg.connect(bank.scratch.url(HOST)) as caller:
        books = enclosed_books(bank.using(caller), caller, bank.tenant_id)
        alice = books.accounts.open(currency="NPR", owner_id="alice", floor="-5.00")
        posted = books.ledger.deposit(alice.id, npr("3.00"))

        assert books.accounts.get(alice.id).balance == npr("3.00")
        assert books.accounts.balance(alice.id).balance == npr("3.00")
        assert books.accounts.balance(alice.id, at=posted.posted_at).balance == npr("3.00")
        assert [entry.amount_minor for entry in books.accounts.entries(alice.id)] == [300]
        assert [account.id for account in books.accounts.owned_by("alice")] == [alice.id]
        assert books.queries.find_account_by_number(alice.number) == books.accounts.get(alice.id)
        assert books.queries.last_sequence_at(alice.id, posted.posted_at) == 1
        assert books.queries.get_transaction(posted.id).transaction == posted
        assert [view.transaction for view in books.queries.history(HistoryFilter(owner_id="alice"), limit=9)] == [
            posted
        ]
        assert sum(line.total_minor for line in books.queries.trial_balance()) == 0
        with pytest.raises(NotFoundError):
            bank.accounts.get(alice.id)

    assert bank.balance(alice) == "3.00"


def test_a_read_is_one_round_trip_and_leaves_no_trace(bank: SqlBank, engine: Engine) -> None:
    alice = bank.open_account(balance="1.00")
    with engine.begin() as caller:
        accounts = enclosed_books(bank.using(caller), caller, bank.tenant_id).accounts
        with accident_at(engine, -1, lambda _connection: None) as fuse:
            accounts.get(alice.id)
            accounts.balance(alice.id)
        tenant = caller.scalar(text("SELECT current_setting('bankcore.tenant_id', true)"))

    assert fuse.exchanges == 2
    assert tenant in {None, ""}


def test_a_read_that_finds_nothing_leaves_the_transaction_usable(bank: SqlBank, engine: Engine) -> None:
    with engine.begin() as caller:
        accounts = enclosed_books(bank.using(caller), caller, bank.tenant_id).accounts
        for read in (accounts.get, accounts.entries, accounts.balance):
            with pytest.raises(NotFoundError):
                read(bank.tenant_id)  # type: ignore[arg-type] # an id of nothing
        caller.execute(text("INSERT INTO public.orders VALUES (1)"))

    assert bank.scratch.scalar("SELECT count(*) FROM public.orders") == 1


def test_reads_are_refused_where_postings_are(bank: SqlBank) -> None:
    alice = bank.open_account()
    with psycopg.connect(bank.scratch.url(SUPERUSER)) as caller:
        accounts = enclosed_books(bank.using(caller), caller, bank.tenant_id).accounts
        for read in (accounts.get, accounts.entries):
            with pytest.raises(InvalidRequestError, match="stands above row level security"):
                read(alice.id)
        assert caller.execute("SELECT 1").fetchone() == (1,)


def test_a_transaction_that_takes_no_changes_can_be_read_in(bank: SqlBank) -> None:
    alice = bank.open_account(balance="1.00")
    with psycopg.connect(bank.scratch.url(HOST)) as caller:
        caller.read_only = True
        books = enclosed_books(bank.using(caller), caller, bank.tenant_id)

        assert books.accounts.get(alice.id).balance == npr("1.00")
