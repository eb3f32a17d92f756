"""Holds on PostgreSQL: what the database refuses by itself, what a round costs, and what happens at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from bankcore.holds.commands import CaptureHold, PlaceHold, VoidHold
from bankcore.holds.service import HoldService
from bankcore.ledger.command import Command
from bankcore.ledger.commands import Transfer
from bankcore.ledger.holds import Hold
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.holds.queries import SqlHoldQueries
from tests.integration.ledger.books import require_sound
from tests.worlds.sql_bank import APP, SqlBank
from tests.worlds.values import npr, words

THREADS = 64


@pytest.fixture
def holds(bank: SqlBank) -> HoldService:
    return HoldService(bank.ledger, SqlHoldQueries(OwnTransactions(bank.database, bank.tenant_id)))


@pytest.fixture
def hold(bank: SqlBank, holds: HoldService) -> Hold:
    """A hold of 6.00 on an account with 10.00."""
    return holds.place(bank.open_account(balance="10.00").id, npr("6"))


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        ("UPDATE bankcore.holds SET captured_minor = 1, version = 2", "BC005"),
        ("UPDATE bankcore.holds SET status = 'voided', version = 2", "BC005"),
        ("UPDATE bankcore.holds SET expires_at = now()", "BC006"),
        ("UPDATE bankcore.holds SET amount_minor = 1", "42501"),
        ("DELETE FROM bankcore.holds", "42501"),
        (
            (
                "INSERT INTO bankcore.holds SELECT tenant_id, gen_random_uuid(), account_id, 1, 0, 1, now(), now(),"
                " true, currency, 'open', NULL FROM bankcore.holds"
            ),
            "BC005",
        ),
        (
            (
                "INSERT INTO bankcore.holds SELECT tenant_id, gen_random_uuid(), gen_random_uuid(), 1, 0, 1, now(),"
                " now(), true, currency, 'voided', NULL FROM bankcore.holds"
            ),
            "BC005",
        ),
    ],
)
def test_the_database_refuses_what_no_hold_can_become(bank: SqlBank, hold: Hold, statement: str, sqlstate: str) -> None:
    with bank.scratch.connection(APP) as connection:
        connection.execute("SELECT set_config('bankcore.tenant_id', %s, false)", (str(bank.tenant_id),))
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(statement)

    assert refused.value.sqlstate == sqlstate
    assert hold.amount == npr("6")


def test_the_owner_of_the_tables_cannot_open_again_what_has_ended(
    bank: SqlBank, holds: HoldService, hold: Hold
) -> None:
    holds.void(hold.id)

    with pytest.raises(psycopg.Error, match="does not follow"):
        bank.scratch.execute("UPDATE bankcore.holds SET reference = 'x', version = 9")


def test_an_account_that_looks_too_early_finds_the_next_hold_to_expire(
    bank: SqlBank, holds: HoldService, hold: Hold
) -> None:
    later = holds.place(hold.account_id, npr("1"), lifetime=timedelta(days=30))
    bank.scratch.execute("UPDATE bankcore.accounts SET held_until = now() WHERE held_minor > 0")

    bank.ledger.deposit(hold.account_id, npr("1"))

    looks = bank.scratch.scalar("SELECT held_until FROM bankcore.accounts WHERE held_minor > 0")
    assert looks == hold.expires_at
    assert bank.queries.get_account(hold.account_id).held == npr("7")
    holds.void(hold.id)
    holds.void(later.id)
    assert bank.scratch.scalar("SELECT count(*) FROM bankcore.accounts WHERE held_until IS NOT NULL") == 0


def test_money_is_spent_once_whatever_asks_for_it_at_the_same_time(bank: SqlBank, holds: HoldService) -> None:
    alice, bob = bank.open_account(balance="20.00"), bank.open_account("bob")
    placed = [holds.place(alice.id, npr("1")) for _ in range(10)]
    asks: list[Callable[[int], Command]] = [
        lambda number: Transfer(alice.id, bob.id, npr("1"), idempotency_key=f"transfer-{number}"),
        lambda number: CaptureHold(placed[number // 4 % 10].id, bob.id, idempotency_key=f"capture-{number}"),
        lambda number: PlaceHold(alice.id, npr("1"), idempotency_key=f"place-{number}"),
        lambda number: CaptureHold(placed[number // 4 % 10].id, bob.id, npr("0.60"), is_final=False),
    ]

    with ThreadPoolExecutor(THREADS) as threads:
        outcomes = list(
            threads.map(lambda number: bank.ledger.execute_one(asks[number % 4](number)), range(THREADS * 4))
        )

    said = words(outcomes)
    assert set(said) <= {"posted", "hold open", "insufficient_funds", "invalid_state", "capture_exceeds_hold"}
    account, gone = bank.queries.get_account(alice.id), bank.queries.get_account(bob.id)
    assert account.balance + gone.balance == npr("20")
    assert account.available == npr("0")
    seen = holds.list_open(alice.id)
    assert sum(each.remaining_minor for each in seen.holds) == seen.account.held_minor == account.held_minor
    taken = [holds.get(each.id).captured.minor for each in placed]
    assert all(minor in {60, 100} for minor in taken)
    spent = said[0::4].count("posted") * 100 + sum(taken)
    assert gone.balance.minor == spent
    require_sound(bank)


def test_two_captures_of_one_hold_at_once_never_take_more_than_it_keeps(bank: SqlBank, holds: HoldService) -> None:
    alice, bob = bank.open_account(balance="10.00"), bank.open_account("bob")
    hold = holds.place(alice.id, npr("5"))

    def ask(number: int) -> str:
        command = (
            VoidHold(hold.id) if number == THREADS // 2 else CaptureHold(hold.id, bob.id, npr("0.30"), is_final=False)
        )
        return words([bank.ledger.execute([command])[0]])[0]

    with ThreadPoolExecutor(THREADS) as threads:
        said = list(threads.map(ask, range(THREADS)))

    captured = said.count("posted")
    assert captured <= 16
    assert bank.queries.get_account(bob.id).balance == npr("0.30") * captured
    assert bank.queries.get_account(alice.id).held == npr("0") or "hold voided" not in said
    require_sound(bank)
