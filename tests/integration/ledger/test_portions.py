"""A large batch in portions: both sides are at work, and what befalls one of the portions befalls all of the batch."""

import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

import pytest
from typing_extensions import override

from bankcore.errors import OutcomeUnknownError
from bankcore.ledger.accounts import Account
from bankcore.ledger.batch import PORTION_MIN
from bankcore.ledger.commands import Deposit, Transfer
from bankcore.ledger.service import LedgerService
from bankcore_infra.identifiers import RandomIdentifiers
from tests.integration.ledger.books import require_sound
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr, words

THREE: Final = 3 * PORTION_MIN
_PATIENCE_S: Final = 10.0
# Whoever has inserted entries and not committed yet has this lock.
_WRITER: Final = """
    SELECT pid FROM pg_locks
    WHERE relation = 'bankcore.entries'::regclass AND mode = 'RowExclusiveLock' AND granted
"""


class InterruptedIdentifiers(RandomIdentifiers):
    """Ids during which something happens: once, when so many were made."""

    def __init__(self, number: int, happens: Callable[[], None]) -> None:
        self._left = number
        self._happens = happens

    @override
    def new_id(self) -> UUID:
        self._left -= 1
        if self._left == 0:
            self._happens()
        return super().new_id()


@pytest.fixture
def alice(bank: SqlBank) -> Account:
    """An account with a thousand rupees."""
    return bank.open_account("alice", balance="1000.00")


def writer(bank: SqlBank) -> object:
    """The server's process that has written entries and not committed them, waited for as long as it takes."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        found = bank.scratch.rows(_WRITER)
        if found:
            return found[0][0]
    raise TimeoutError("nobody has written entries")


def cut(bank: SqlBank) -> None:
    """End the server's process that has written entries and not committed them."""
    bank.scratch.scalar("SELECT pg_terminate_backend(%s)", writer(bank))


def ledger_interrupted(bank: SqlBank, number: int, happens: Callable[[], None]) -> LedgerService:
    return LedgerService(bank.tenant_id, bank.units, InterruptedIdentifiers(number, happens))


def test_the_server_writes_a_portion_while_the_next_one_is_decided(bank: SqlBank, alice: Account) -> None:
    seen: list[object] = []
    ledger = ledger_interrupted(bank, PORTION_MIN + 1, lambda: seen.append(writer(bank)))

    outcomes = ledger.execute([Deposit(alice.id, npr("1.00"))] * THREE)

    assert len(seen) == 1
    assert set(words(outcomes)) == {"posted"}
    assert bank.balance(alice) == f"{1000 + THREE}.00"
    require_sound(bank)


def test_a_connection_that_is_lost_between_portions_leaves_nothing_and_with_keys_all_is_posted_once(
    bank: SqlBank, alice: Account
) -> None:
    batch = [Deposit(alice.id, npr("1.00"), idempotency_key=f"key-{number}") for number in range(THREE)]

    outcomes = ledger_interrupted(bank, 2 * PORTION_MIN + 1, lambda: cut(bank)).execute(batch)

    assert set(words(outcomes)) == {"posted"}
    assert bank.balance(alice) == f"{1000 + THREE}.00"
    require_sound(bank)


def test_without_keys_a_batch_whose_connection_was_lost_is_sent_again_only_if_it_had_not_asked_to_commit(
    bank: SqlBank, alice: Account
) -> None:
    ledger = ledger_interrupted(bank, 2 * PORTION_MIN + 1, lambda: cut(bank))

    try:
        outcomes = ledger.execute([Deposit(alice.id, npr("1.00"))] * THREE)
    except OutcomeUnknownError:
        # The end of the connection was met after COMMIT was sent, as it mostly is.
        assert bank.balance(alice) == "1000.00"
    else:
        assert set(words(outcomes)) == {"posted"}
        assert bank.balance(alice) == f"{1000 + THREE}.00"
    require_sound(bank)


def test_an_error_between_portions_leaves_nothing_of_those_that_were_written(bank: SqlBank, alice: Account) -> None:
    def fail() -> None:
        writer(bank)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        ledger_interrupted(bank, 2 * PORTION_MIN + 1, fail).execute([Deposit(alice.id, npr("1.00"))] * THREE)

    assert bank.balance(alice) == "1000.00"
    require_sound(bank)


def test_a_caller_who_rolls_back_takes_every_portion_along(bank: SqlBank, alice: Account) -> None:
    bob = bank.open_account("bob")
    with bank.database.engine_for(bank.tenant_id).connect() as connection:
        outcomes = bank.using(connection).execute([Transfer(alice.id, bob.id, npr("1.00"))] * THREE)
        connection.rollback()

    assert set(words(outcomes)) == {"posted"}
    assert (bank.balance(alice), bank.balance(bob)) == ("1000.00", "0.00")
    require_sound(bank)
