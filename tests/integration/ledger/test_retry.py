"""What is tried again, what is not, and how long anybody waits."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
from sqlalchemy import event

from bankcore.errors import LedgerInvariantError, OutcomeUnknownError, UnavailableError
from bankcore.identifiers import TenantId
from bankcore.ledger.command import Command
from bankcore.ledger.commands import Deposit, OpenAccount, Transfer
from bankcore.ledger.transactions import Source
from bankcore.money import Currency
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions
from tests.integration.ledger.books import require_sound
from tests.worlds.database_faults import COMMIT, accident_at, failure, terminated_backend
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import NPR, npr, words

CONFLICTS: Final = ("40001", "40P01")
BUSY: Final = ("55P03", "57014", "53300", "25006")
WAIT_MAX_S: Final = 4.0
PROMPT_S: Final = 0.5


@pytest.mark.parametrize("sqlstate", CONFLICTS)
@pytest.mark.parametrize("name", ["plain", "keyed", "sourced", "opening"])
def test_a_conflict_at_any_statement_is_tried_again_and_has_one_effect(bank: SqlBank, sqlstate: str, name: str) -> None:
    alice, bob = bank.open_account(balance="100.00"), bank.open_account("bob")

    def command(index: int) -> Command:
        match name:
            case "plain":
                return Transfer(alice.id, bob.id, npr("1.00"))
            case "keyed":
                return Transfer(alice.id, bob.id, npr("1.00"), idempotency_key=f"key-{index}")
            case "sourced":
                return Transfer(alice.id, bob.id, npr("1.00"), source=Source("job", f"{index}"))
            case _:
                return OpenAccount("carol", NPR, idempotency_key=f"key-{index}")

    for index in count():
        with accident_at(bank.database.engine_for(bank.tenant_id), index, failure(sqlstate)) as fuse:
            outcomes = bank.ledger.execute([command(index)])
        assert words(outcomes) == ["opened" if name == "opening" else "posted"]
        if not fuse.has_blown:
            # One past COMMIT, so that nothing was disturbed.
            assert fuse.statements.index(COMMIT) == index - 1 > 3
            break

    if name == "opening":
        assert len(bank.queries.list_accounts(owner_id="carol", limit=100)) == index + 1
    else:
        assert bank.balance(bob) == f"{index + 1}.00"
    require_sound(bank)


def test_a_conflict_that_never_ends_is_given_up_with_nothing_recorded(bank: SqlBank) -> None:
    alice = bank.open_account()
    engine = bank.database.engine_for(bank.tenant_id)
    tries = 5

    with pytest.raises(UnavailableError):
        conflict_again(bank, engine_depth=tries, alice_id=alice.id)

    assert bank.balance(alice) == "0.00"
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def conflict_again(bank: SqlBank, *, engine_depth: int, alice_id: object) -> None:
    """Post while each of that many tries meets a conflict at its first statement."""
    if engine_depth == 0:
        bank.ledger.deposit(alice_id, npr("1.00"))  # type: ignore[arg-type]
        return
    with accident_at(bank.database.engine_for(bank.tenant_id), engine_depth - 1, failure("40001")):
        conflict_again(bank, engine_depth=engine_depth - 1, alice_id=alice_id)


@pytest.mark.parametrize("sqlstate", BUSY)
def test_a_busy_server_is_not_asked_again(bank: SqlBank, sqlstate: str) -> None:
    alice = bank.open_account()

    with (
        accident_at(bank.database.engine_for(bank.tenant_id), 2, failure(sqlstate)) as fuse,
        pytest.raises(UnavailableError),
    ):
        bank.ledger.deposit(alice.id, npr("1.00"))

    assert len(fuse.statements) == 3
    assert bank.balance(alice) == "0.00"


def test_a_broken_rule_stops_everything(bank: SqlBank) -> None:
    alice = bank.open_account()

    with (
        accident_at(bank.database.engine_for(bank.tenant_id), 3, failure("BC001")),
        pytest.raises(LedgerInvariantError, match="BC001"),
    ):
        bank.ledger.deposit(alice.id, npr("1.00"))

    assert bank.balance(alice) == "0.00"


def test_an_error_of_commit_that_the_server_itself_reports_is_not_unknown(bank: SqlBank) -> None:
    alice = bank.open_account()
    engine = bank.database.engine_for(bank.tenant_id)
    with accident_at(engine, -1, lambda _connection: None) as fuse:
        bank.ledger.deposit(alice.id, npr("1.00"))

    with accident_at(engine, len(fuse.statements) - 1, failure("53100")), pytest.raises(UnavailableError) as caught:
        bank.ledger.deposit(alice.id, npr("1.00"))

    assert not isinstance(caught.value, OutcomeUnknownError)
    assert bank.balance(alice) == "1.00"


def test_reading_goes_on_when_the_backend_ends_and_its_outcome_is_never_unknown(bank: SqlBank) -> None:
    alice = bank.open_account(balance="1.00")
    engine = bank.database.engine_for(bank.tenant_id)
    end = terminated_backend(bank.scratch)

    for index in range(2):
        with accident_at(engine, index, end) as fuse:
            assert bank.balance(alice) == "1.00"
        assert fuse.has_blown

    event.listen(engine, "rollback", end)
    with pytest.raises(UnavailableError):
        OwnTransactions(bank.database, bank.tenant_id).rehearse(
            lambda connection: connection.sql.exec_driver_sql("SELECT id FROM bankcore.accounts").all()
        )
    event.remove(engine, "rollback", end)
    assert bank.balance(alice) == "1.00"


def test_without_a_server_everything_is_unavailable() -> None:
    database = Database(f"postgresql://bankcore_app@/bank?host={Path(__file__).parent}")
    transactions = OwnTransactions(database, TenantId(UUID(int=1)))

    with pytest.raises(UnavailableError):
        transactions.run(lambda connection: connection.opened_at)
    with pytest.raises(UnavailableError):
        transactions.rehearse(lambda connection: connection.opened_at)


def test_a_lock_that_is_not_had_in_time_is_unavailable(bank: SqlBank) -> None:
    alice, bob = bank.open_account(balance="10.00"), bank.open_account("bob")
    with bank.scratch.connection() as holder, holder.transaction():
        holder.execute("SELECT 1 FROM bankcore.accounts WHERE id = %s FOR UPDATE", [alice.id])
        began = time.monotonic()

        with pytest.raises(UnavailableError):
            bank.ledger.transfer(alice.id, bob.id, npr("1.00"), idempotency_key="k")

        assert time.monotonic() - began < WAIT_MAX_S
    assert words(bank.ledger.execute([Transfer(alice.id, bob.id, npr("1.00"), idempotency_key="k")])) == ["posted"]


def test_who_waited_for_an_account_decides_on_what_is_there_then_at_the_first_try(bank: SqlBank) -> None:
    alice, bob = bank.open_account(balance="10.00"), bank.open_account("bob")
    engine = bank.database.engine_for(bank.tenant_id)
    with ThreadPoolExecutor(1) as pool, engine.connect() as caller:
        bank.using(caller).transfer(alice.id, bob.id, npr("9.00"))
        with accident_at(engine, -1, lambda _connection: None) as fuse:
            waiting = pool.submit(bank.ledger.execute, [Transfer(alice.id, bob.id, npr("2.00"), idempotency_key="k")])
            while not bank.scratch.rows("SELECT 1 FROM pg_locks WHERE NOT granted"):
                assert not waiting.done()
            caller.commit()

            assert words(waiting.result()) == ["insufficient_funds"]

    # Keys, answers, the lock that waited, the audit record, the answer, and COMMIT by both: nothing a second time.
    assert len(fuse.statements) == 5 + 2
    assert fuse.statements.count(COMMIT) == 2
    assert bank.balance(bob) == "9.00"


def test_a_duplicate_of_a_running_request_is_told_at_once_and_stalls_nobody(bank: SqlBank) -> None:
    alice, bob = bank.open_account(balance="10.00"), bank.open_account("bob", balance="10.00")
    carol = bank.open_account("carol")
    with bank.database.engine_for(bank.tenant_id).begin() as caller:
        bank.using(caller).transfer(alice.id, carol.id, npr("1.00"), idempotency_key="slow")
        began = time.monotonic()

        outcomes = bank.ledger.execute(
            [
                Transfer(alice.id, carol.id, npr("1.00"), idempotency_key="slow"),
                Deposit(bob.id, npr("5.00"), idempotency_key="other"),
                OpenAccount("dave", NPR, idempotency_key="third"),
            ]
        )

        assert time.monotonic() - began < PROMPT_S
    # The deposit's settlement account was not touched by the transfer, so only the duplicate could have waited.
    assert words(outcomes) == ["idempotency_in_progress", "posted", "opened"]
    assert bank.balance(carol) == "1.00"
    require_sound(bank)


def test_accounts_of_one_new_currency_are_opened_at_once_without_a_deadlock(bank: SqlBank) -> None:
    start = threading.Barrier(8)

    def open_many(thread: int) -> list[str]:
        start.wait()
        currencies = ["EUR", "USD", "JPY", "INR"][:: 1 if thread % 2 else -1]
        commands = [
            OpenAccount(f"o{thread}", Currency.of(code), idempotency_key=f"{thread}{code}") for code in currencies
        ]
        return words(bank.ledger.execute(commands))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(open_many, range(8)))

    assert answers == [["opened"] * 4] * 8
    assert bank.scratch.scalar("SELECT deadlocks FROM pg_stat_database WHERE datname = %s", bank.scratch.name) == 0
    assert bank.scratch.scalar("SELECT count(*) FROM bankcore.accounts") == 8 * 4 + 4
