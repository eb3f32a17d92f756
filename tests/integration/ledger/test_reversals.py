"""Reversals on PostgreSQL: many at once never undo more than there was, and auditors find the books clean."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bankcore.ledger.commands import Withdraw
from bankcore.ledger.reversals import ReverseTransaction
from bankcore_infra.db.engine import Database
from bankcore_infra.ledger.verification import verify_books
from tests.integration.ledger.books import require_sound
from tests.worlds.sealing import AUDITOR
from tests.worlds.sql_bank import ScratchDatabase, SqlBank
from tests.worlds.values import npr, words

THREADS = 64


@pytest.mark.parametrize("is_together", [True, False])
def test_reversals_at_once_never_undo_more_than_moved(bank: SqlBank, is_together: bool) -> None:  # noqa: FBT001
    alice, bob = bank.open_account(balance="10.00"), bank.open_account("bob", balance="100.00")
    moved = bank.ledger.transfer(alice.id, bob.id, npr("10"))

    def ask(number: int) -> str:
        command = ReverseTransaction(moved.id, npr("0.70"), reason=f"try {number}")
        return words([bank.ledger.execute_one(command) if is_together else bank.ledger.execute([command])[0]])[0]

    with ThreadPoolExecutor(THREADS) as threads:
        said = list(threads.map(ask, range(THREADS)))

    assert said.count("posted") == 14
    assert said.count("reversal_exceeds_transaction") == THREADS - 14
    assert bank.queries.get_account(alice.id).balance == npr("9.80")
    assert len(bank.queries.get_transaction(moved.id).reversed_by) == 14
    require_sound(bank)


def test_money_that_is_spent_and_taken_back_at_once_is_there_once(bank: SqlBank) -> None:
    alice, bob = bank.open_account(balance="10.00"), bank.open_account("bob")
    moved = bank.ledger.transfer(alice.id, bob.id, npr("10"))

    def ask(number: int) -> str:
        command = ReverseTransaction(moved.id, npr("1"), reason="refund") if number % 2 else Withdraw(bob.id, npr("1"))
        return words([bank.ledger.execute_one(command)])[0]

    with ThreadPoolExecutor(THREADS) as threads:
        said = list(threads.map(ask, range(THREADS)))

    assert said.count("posted") == 10
    assert bank.queries.get_account(bob.id).balance == npr("0")
    require_sound(bank)


def test_the_books_tell_of_a_transaction_that_was_undone_twice(bank: SqlBank, scratch: ScratchDatabase) -> None:
    alice, bob = bank.open_account(balance="10.00"), bank.open_account("bob", balance="10.00")
    moved = bank.ledger.transfer(alice.id, bob.id, npr("1"))
    bank.ledger.reverse(moved.id, reason="sent twice")
    other = bank.ledger.transfer(alice.id, bob.id, npr("2"))
    bank.scratch.execute("ALTER TABLE bankcore.transactions DISABLE TRIGGER ALL")
    bank.scratch.execute("UPDATE bankcore.transactions SET reverses = %s WHERE id = %s", moved.id, other.id)

    with (
        Database(scratch.url(AUDITOR), pool_size=1) as database,
        database.engine_for(bank.tenant_id).connect() as connection,
    ):
        (finding,) = verify_books(connection, bank.tenant_id).findings

    assert finding.problem == "was reversed by 300 minor units, and moved 100"
