from uuid import UUID

import pytest

from bankcore.errors import NotFoundError
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Deposit, OpenAccount, PostTransaction, Transfer, Withdraw
from bankcore.ledger.outcomes import Opened
from bankcore.ledger.rejections import AccountExistsError
from bankcore.ledger.transactions import Posting
from bankcore.origin import Origin
from bankcore.testing import InMemoryBank, require_sound_books
from tests.worlds.values import NPR, npr, posted, words

CHOSEN = AccountId(UUID(int=77))


@pytest.fixture
def alice(bank: InMemoryBank) -> AccountId:
    return bank.accounts.open(currency="NPR", owner_id="alice").id


@pytest.fixture
def bob(bank: InMemoryBank) -> AccountId:
    return bank.accounts.open(currency="NPR", owner_id="bob").id


def test_an_empty_batch_does_nothing(bank: InMemoryBank) -> None:
    assert bank.ledger.execute([]) == []
    assert bank.ledger.execute([], atomic=True, dry_run=True) == []
    assert bank.events == ()


def test_each_command_is_decided_on_what_those_before_it_left(
    bank: InMemoryBank, alice: AccountId, bob: AccountId
) -> None:
    outcomes = bank.ledger.execute(
        [
            Transfer(alice, bob, npr("4")),
            Deposit(alice, npr("10")),
            Transfer(alice, bob, npr("4")),
            Withdraw(alice, npr("7")),
            Withdraw(alice, npr("6")),
        ]
    )

    assert words(outcomes) == ["insufficient_funds", "posted", "posted", "insufficient_funds", "posted"]
    assert bank.accounts.balance(alice).balance == npr("0")
    assert bank.accounts.balance(bob).balance == npr("4")
    require_sound_books(bank.snapshot())


def test_entries_tell_the_balance_before_and_after_and_their_place(
    bank: InMemoryBank, alice: AccountId, bob: AccountId
) -> None:
    outcomes = bank.ledger.execute([Deposit(alice, npr("10")), Transfer(alice, bob, npr("4"))])

    lines = [
        (entry.account_id, entry.sequence, entry.balance_before, entry.amount, entry.balance_after)
        for outcome in outcomes
        for entry in posted(outcome).transaction.entries
        if entry.account_id in {alice, bob}
    ]
    assert lines == [
        (alice, 1, npr("0"), npr("10"), npr("10")),
        (alice, 2, npr("10"), npr("-4"), npr("6")),
        (bob, 1, npr("0"), npr("4"), npr("4")),
    ]


def test_a_transaction_carries_what_its_command_carried(bank: InMemoryBank, alice: AccountId, bob: AccountId) -> None:
    earlier = bank.clock.now()
    bank.clock.move_to(earlier.replace(day=30))
    lines = (Posting(alice, npr("3")), Posting(bob, npr("4")), Posting(CHOSEN, npr("-7")))
    bank.ledger.open_account(OpenAccount("bank", NPR, account_id=CHOSEN, floor_minor=None))

    transaction = bank.ledger.post(
        PostTransaction(
            lines, transaction_kind="interest", reference="2026-01", metadata={"rate": "1.5"}, effective_at=earlier
        )
    )

    assert (transaction.kind, transaction.amount, transaction.reference) == ("interest", npr("7"), "2026-01")
    assert transaction.metadata == {"rate": "1.5"}
    assert (transaction.effective_at, transaction.posted_at) == (earlier, bank.clock.now())
    assert {(entry.account_id, entry.amount) for entry in transaction.entries} == {*lines}
    assert (transaction.tenant_id, transaction.reverses, transaction.source) == (bank.tenant_id, None, None)


def test_a_movement_counts_from_when_it_is_recorded_unless_it_says_otherwise(
    bank: InMemoryBank, alice: AccountId
) -> None:
    transaction = bank.ledger.deposit(alice, npr("1"))

    assert transaction.effective_at == transaction.posted_at == bank.clock.now()


def test_an_account_opened_in_a_batch_takes_part_in_it(bank: InMemoryBank) -> None:
    outcomes = bank.ledger.execute(
        [
            Deposit(CHOSEN, npr("10")),
            OpenAccount("alice", NPR, account_id=CHOSEN),
            Deposit(CHOSEN, npr("10")),
            Withdraw(CHOSEN, npr("3")),
            OpenAccount("bob", NPR, account_id=CHOSEN),
        ]
    )

    assert words(outcomes) == ["not_found", "opened", "posted", "posted", "account_exists"]
    assert outcomes[4] == Rejected(AccountExistsError(account_id=CHOSEN))
    assert bank.accounts.balance(CHOSEN).balance == npr("7")
    require_sound_books(bank.snapshot())


def test_an_account_that_was_there_before_is_not_opened_again(bank: InMemoryBank, alice: AccountId) -> None:
    (outcome,) = bank.ledger.execute([OpenAccount("bob", NPR, account_id=alice)])

    assert outcome == Rejected(AccountExistsError(account_id=alice))
    assert bank.accounts.get(alice).owner_id == "alice"


def test_an_account_opened_later_does_not_reset_the_settlement_account(bank: InMemoryBank, alice: AccountId) -> None:
    bank.ledger.deposit(alice, npr("10"))

    outcomes = bank.ledger.execute([OpenAccount("bob", NPR, account_id=CHOSEN), Deposit(CHOSEN, npr("5"))])
    bank.ledger.execute([OpenAccount("carol", NPR)])

    assert words(outcomes) == ["opened", "posted"]
    require_sound_books(bank.snapshot())


def test_an_account_is_opened_empty_active_and_with_a_number(bank: InMemoryBank) -> None:
    (outcome,) = bank.ledger.execute([OpenAccount("alice", NPR, name="Savings", floor_minor=-500)])

    assert isinstance(outcome, Opened)
    account = outcome.account
    assert (account.owner_id, account.name, account.floor, account.status) == ("alice", "Savings", npr("-5"), "active")
    assert (account.balance, account.held, account.version) == (npr("0"), npr("0"), 0)
    assert account.created_at == bank.clock.now()
    assert bank.queries.find_account_by_number(account.number) == account


def test_a_dry_run_answers_what_would_happen_and_changes_nothing(
    bank: InMemoryBank, alice: AccountId, bob: AccountId
) -> None:
    commands = [
        Deposit(alice, npr("10"), idempotency_key="a"),
        Transfer(alice, bob, npr("4")),
        Withdraw(bob, npr("5")),
        OpenAccount("carol", NPR),
    ]
    before, events = bank.snapshot(), bank.events

    rehearsed = bank.ledger.execute(commands, dry_run=True)

    assert (bank.snapshot(), bank.events) == (before, events)
    assert words(rehearsed) == ["posted", "posted", "insufficient_funds", "opened"]
    assert words(bank.ledger.execute(commands)) == words(rehearsed)


def test_an_atomic_dry_run_changes_nothing_either(bank: InMemoryBank, alice: AccountId) -> None:
    before, events = bank.snapshot(), bank.events

    outcomes = bank.ledger.execute([Deposit(alice, npr("1")), Withdraw(alice, npr("2"))], atomic=True, dry_run=True)

    assert words(outcomes) == ["batch_rejected", "insufficient_funds"]
    assert (bank.snapshot(), bank.events) == (before, events)


def test_a_holder_sees_no_other_accounts_in_a_batch(bank: InMemoryBank, alice: AccountId, bob: AccountId) -> None:
    bank.ledger.deposit(bob, npr("10"))

    outcomes = bank.ledger.execute(
        [Transfer(bob, alice, npr("1")), Deposit(alice, npr("2")), Transfer(alice, bob, npr("2"))],
        origin=Origin(owner_id="alice"),
    )

    assert outcomes[0] == Rejected(NotFoundError(resource="account", identifier=str(bob)))
    assert words(outcomes[1:]) == ["posted", "posted"]


def test_a_transaction_shows_its_debits_before_its_credits(
    bank: InMemoryBank, alice: AccountId, bob: AccountId
) -> None:
    bank.ledger.deposit(alice, npr("10"))
    lines = (Posting(bob, npr("2")), Posting(alice, npr("1")), Posting(alice, npr("-4")), Posting(bob, npr("1")))

    transaction = bank.ledger.post(PostTransaction(lines))

    assert [(entry.account_id, entry.sequence, entry.amount) for entry in transaction.entries] == [
        (alice, 3, npr("-4")),
        (alice, 2, npr("1")),
        (bob, 1, npr("2")),
        (bob, 2, npr("1")),
    ]
    require_sound_books(bank.snapshot())
