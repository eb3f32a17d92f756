"""The five things that happen to a request that is sent more than once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from bankcore.idempotency.keys import IdempotencyKey, KeyRecord
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Deposit, Transfer
from bankcore.ledger.outcomes import Outcome
from bankcore_infra.db.exchange import ExchangeError
from bankcore_infra.db.sqlstates import Meaning, meaning_of
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.idempotency.keys import claim_keys, store_outcomes
from tests.worlds.sql_bank import SqlBank, sql_bank
from tests.worlds.values import npr, words

ROUNDS: Final = 100
AT_ONCE: Final = 3


def transactions_of(bank: SqlBank) -> object:
    return bank.scratch.scalar("SELECT count(*) FROM bankcore.transactions WHERE tenant_id = %s", bank.tenant_id)


def move_expiry(bank: SqlBank, interval: str) -> None:
    """Let every key of the bank expire at a point of time relative to the next transaction's start."""
    bank.scratch.execute("UPDATE bankcore.idempotency_keys SET expires_at = now() + %s::interval", interval)


def test_three_at_once_have_one_effect_a_hundred_times(bank: SqlBank) -> None:
    alice, bob = bank.open_account(balance="100.00"), bank.open_account("bob")
    start = threading.Barrier(AT_ONCE)

    def send(key: str) -> Outcome:
        start.wait()
        return bank.ledger.execute([Transfer(alice.id, bob.id, npr("1.00"), idempotency_key=key)])[0]

    seen: list[str] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number in range(ROUNDS):
            answers = words([future.result() for future in [pool.submit(send, f"k{number}") for _ in range(AT_ONCE)]])
            assert answers.count("posted") == 1, answers
            assert set(answers) <= {"posted", "again:posted", "idempotency_in_progress"}
            later = Transfer(alice.id, bob.id, npr("1.00"), idempotency_key=f"k{number}")
            assert words(bank.ledger.execute([later] * AT_ONCE)) == ["again:posted"] * AT_ONCE
            seen += answers

    assert (bank.balance(alice), bank.balance(bob)) == ("0.00", "100.00")
    assert transactions_of(bank) == 1 + ROUNDS
    assert "idempotency_in_progress" in seen


def answer_after_expiry(bank: SqlBank, account_id: AccountId) -> list[str]:
    return words(bank.ledger.execute([Deposit(account_id, npr("1.00"), idempotency_key="salary")]))


@pytest.mark.parametrize(
    ("shift", "answer"),
    [("1 microsecond", "again:posted"), ("0", "posted"), ("-1 microsecond", "posted")],
    ids=["a microsecond before it expires", "when it expires", "a microsecond after"],
)
def test_a_key_is_a_new_request_from_the_instant_it_expires(bank: SqlBank, shift: str, answer: str) -> None:
    alice = bank.open_account()
    with bank.database.engine_for(bank.tenant_id).begin() as caller:
        caller.exec_driver_sql("SELECT set_config('bankcore.tenant_id', %s, true)", (str(bank.tenant_id),))
        ledger = bank.using(caller)
        ledger.deposit(alice.id, npr("1.00"), idempotency_key="salary")
        # In one transaction the clock stands still, so the boundary can be met to the microsecond.
        caller.exec_driver_sql("UPDATE bankcore.idempotency_keys SET expires_at = now() + %s::interval", (shift,))

        assert words(ledger.execute([Deposit(alice.id, npr("1.00"), idempotency_key="salary")])) == [answer]

    assert bank.balance(alice) == ("1.00" if answer == "again:posted" else "2.00")


def test_a_key_lasts_as_long_as_it_was_said_to(bank: SqlBank) -> None:
    alice = bank.open_account()

    bank.ledger.deposit(alice.id, npr("1.00"), idempotency_key="salary")

    lifetime = bank.scratch.scalar(
        "SELECT k.expires_at - t.posted_at = interval '24 hours'"
        " FROM bankcore.idempotency_keys k, bankcore.transactions t"
    )
    assert lifetime is True


def test_a_shorter_lifetime_is_kept_by_the_database_clock(bank: SqlBank) -> None:
    hasty = sql_bank(bank.scratch, bank.database, "hasty", key_hours=0)
    alice = hasty.open_account()

    for _ in range(2):
        hasty.ledger.deposit(alice.id, npr("1.00"), idempotency_key="salary")

    assert hasty.balance(alice) == "2.00"


def test_an_answer_that_still_counts_is_never_overwritten(bank: SqlBank) -> None:
    alice = bank.open_account()
    bank.ledger.deposit(alice.id, npr("1.00"), idempotency_key="k")
    answer = bank.scratch.row("SELECT outcome, expires_at FROM bankcore.idempotency_keys")
    with bank.database.engine_for(bank.tenant_id).connect() as connection:
        unit = TenantConnection(connection, bank.tenant_id)
        (found,) = claim_keys(unit, [IdempotencyKey("", "k")]).values()
        assert isinstance(found, KeyRecord)

        store_outcomes(unit, [found._replace(outcome=b"another")])
        with pytest.raises(ExchangeError) as caught:
            unit.commit()

    assert meaning_of(caught.value) is Meaning.LOST_RACE

    assert bank.scratch.row("SELECT outcome, expires_at FROM bankcore.idempotency_keys") == answer
