from datetime import timedelta

import pytest

from bankcore.errors import ConflictError
from bankcore.idempotency.answers import Rejected
from bankcore.idempotency.keys import IdempotencyInProgressError, IdempotencyKeyReusedError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.commands import Deposit, OpenAccount, Transfer, Withdraw
from bankcore.ledger.outcomes import Opened
from bankcore.ledger.service import LedgerService
from bankcore.origin import Origin
from bankcore.testing import InMemoryBank, require_sound_books
from tests.worlds.values import NPR, npr, posted, words

MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(hours=24)


@pytest.fixture
def alice(bank: InMemoryBank) -> AccountId:
    return bank.accounts.open(currency="NPR", owner_id="alice").id


def test_the_same_key_and_request_give_the_first_transaction_again(bank: InMemoryBank, alice: AccountId) -> None:
    command = Deposit(alice, npr("10"), idempotency_key="salary")
    (first,) = bank.ledger.execute([command])
    bank.clock.advance(timedelta(hours=1))

    (second,) = bank.ledger.execute([command])

    assert words([first, second]) == ["posted", "again:posted"]
    assert posted(second).transaction == posted(first).transaction
    assert bank.accounts.balance(alice).balance == npr("10")
    assert len(bank.queries.list_entries(alice, limit=10)) == 1


def test_a_refusal_is_replayed_with_its_facts_even_if_it_would_now_pass(bank: InMemoryBank, alice: AccountId) -> None:
    command = Withdraw(alice, npr("10"), idempotency_key="atm")
    (first,) = bank.ledger.execute([command])
    bank.ledger.deposit(alice, npr("100"))

    (second,) = bank.ledger.execute([command])

    assert isinstance(first, Rejected)
    assert second == Rejected(first.reason, replayed=True)
    assert bank.accounts.balance(alice).balance == npr("100")


def test_an_opened_account_is_replayed_as_it_stood(bank: InMemoryBank) -> None:
    command = OpenAccount("bob", NPR, idempotency_key="open")
    (first,) = bank.ledger.execute([command])
    assert isinstance(first, Opened)
    bank.ledger.deposit(first.account.id, npr("1"))

    (second,) = bank.ledger.execute([command])

    assert second == Opened(first.account, replayed=True)


def test_a_replay_is_given_even_while_the_account_is_frozen(bank: InMemoryBank, alice: AccountId) -> None:
    command = Deposit(alice, npr("10"), idempotency_key="salary")
    bank.ledger.execute([command])
    bank.books.change_status(alice, AccountStatus.FROZEN)

    assert words(bank.ledger.execute([command, Deposit(alice, npr("10"))])) == ["again:posted", "account_frozen"]


def test_the_same_key_with_another_request_is_refused_and_changes_nothing(bank: InMemoryBank, alice: AccountId) -> None:
    bank.ledger.deposit(alice, npr("10"), idempotency_key="salary")

    with pytest.raises(IdempotencyKeyReusedError) as caught:
        bank.ledger.deposit(alice, npr("11"), idempotency_key="salary")

    assert caught.value.idempotency_key == "salary"
    assert bank.accounts.balance(alice).balance == npr("10")
    bank.ledger.deposit(alice, npr("10"), idempotency_key="salary")
    assert bank.accounts.balance(alice).balance == npr("10")


def test_a_key_that_is_held_elsewhere_is_refused_at_once_and_free_again_afterwards(
    bank: InMemoryBank, alice: AccountId
) -> None:
    with bank.units.holding_key("salary"), pytest.raises(IdempotencyInProgressError) as caught:
        bank.ledger.deposit(alice, npr("10"), idempotency_key="salary")

    assert isinstance(caught.value, ConflictError)
    assert caught.value.retryable
    assert caught.value.retry_after_s == 1
    assert bank.accounts.balance(alice).balance == npr("0")
    bank.ledger.deposit(alice, npr("10"), idempotency_key="salary")
    assert bank.accounts.balance(alice).balance == npr("10")


def test_a_busy_key_does_not_disturb_the_rest_of_the_batch(bank: InMemoryBank, alice: AccountId) -> None:
    with bank.units.holding_key("b"):
        outcomes = bank.ledger.execute([Deposit(alice, npr("1"), idempotency_key=key) for key in "abc"])

    assert words(outcomes) == ["posted", "idempotency_in_progress", "posted"]


def test_a_finished_key_is_replayed_even_if_somebody_holds_it_again(bank: InMemoryBank, alice: AccountId) -> None:
    command = Deposit(alice, npr("1"), idempotency_key="a")
    bank.ledger.execute([command])

    with bank.units.holding_key("a"):
        assert words(bank.ledger.execute([command])) == ["again:posted"]


def test_within_one_batch_a_key_is_answered_once_and_then_replayed_or_refused(
    bank: InMemoryBank, alice: AccountId
) -> None:
    outcomes = bank.ledger.execute(
        [
            Withdraw(alice, npr("5"), idempotency_key="w"),
            Deposit(alice, npr("10"), idempotency_key="d"),
            Deposit(alice, npr("10"), idempotency_key="d"),
            Deposit(alice, npr("11"), idempotency_key="d"),
            Withdraw(alice, npr("5"), idempotency_key="w"),
            OpenAccount("bob", NPR, idempotency_key="o"),
            OpenAccount("bob", NPR, idempotency_key="o"),
        ]
    )

    assert words(outcomes) == [
        "insufficient_funds",
        "posted",
        "again:posted",
        "idempotency_key_reused",
        "again:insufficient_funds",
        "opened",
        "again:opened",
    ]
    assert posted(outcomes[2]).transaction == posted(outcomes[1]).transaction
    assert bank.accounts.balance(alice).balance == npr("10")
    require_sound_books(bank.snapshot())


def test_replays_and_new_commands_mix_in_one_batch(bank: InMemoryBank, alice: AccountId) -> None:
    bob = bank.accounts.open(currency="NPR", owner_id="bob").id
    bank.ledger.deposit(alice, npr("10"), idempotency_key="d")

    outcomes = bank.ledger.execute(
        [
            Deposit(alice, npr("10"), idempotency_key="d"),
            Transfer(alice, bob, npr("10"), idempotency_key="t"),
            Deposit(alice, npr("1"), idempotency_key="d"),
        ]
    )

    assert words(outcomes) == ["again:posted", "posted", "idempotency_key_reused"]
    require_sound_books(bank.snapshot())


@pytest.mark.parametrize(
    ("age", "word", "balance"),
    [(DAY - MICROSECOND, "again:posted", "10"), (DAY, "posted", "20"), (DAY + MICROSECOND, "posted", "20")],
    ids=["a microsecond before", "exactly", "a microsecond after"],
)
def test_a_key_lives_for_24_hours(
    age: timedelta, word: str, balance: str, bank: InMemoryBank, alice: AccountId
) -> None:
    command = Deposit(alice, npr("10"), idempotency_key="salary")
    bank.ledger.execute([command])

    bank.clock.advance(age)

    assert words(bank.ledger.execute([command])) == [word]
    assert bank.accounts.balance(alice).balance == npr(balance)


def test_an_expired_key_may_name_another_request_and_lives_again(bank: InMemoryBank, alice: AccountId) -> None:
    bank.ledger.deposit(alice, npr("10"), idempotency_key="salary")
    bank.clock.advance(DAY)
    bank.ledger.deposit(alice, npr("20"), idempotency_key="salary")
    bank.clock.advance(DAY - MICROSECOND)

    (outcome,) = bank.ledger.execute([Deposit(alice, npr("20"), idempotency_key="salary")])

    assert words([outcome]) == ["again:posted"]


def test_the_lifetime_of_a_key_is_a_setting(bank: InMemoryBank, alice: AccountId) -> None:
    ledger = LedgerService(bank.tenant_id, bank.units, bank.ids, key_lifetime=timedelta(minutes=1))
    command = Deposit(alice, npr("10"), idempotency_key="salary")
    ledger.execute([command])

    bank.clock.advance(timedelta(minutes=1))

    assert words(ledger.execute([command])) == ["posted"]


def test_two_callers_may_choose_the_same_key(bank: InMemoryBank, alice: AccountId) -> None:
    command = Deposit(alice, npr("10"), idempotency_key="1")

    outcomes = [
        outcome
        for scope in ("alice", "bob", "alice")
        for outcome in bank.ledger.execute([command], origin=Origin(key_scope=scope))
    ]

    assert words(outcomes) == ["posted", "posted", "again:posted"]
    with bank.units.holding_key("2", scope="bob"):
        held = Deposit(alice, npr("1"), idempotency_key="2")
        assert words(bank.ledger.execute([held], origin=Origin(key_scope="bob"))) == ["idempotency_in_progress"]
        assert words(bank.ledger.execute([held])) == ["posted"]
