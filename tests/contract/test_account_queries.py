from datetime import timedelta
from uuid import UUID

import pytest

from bankcore.errors import NotFoundError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import AccountKind
from bankcore.ledger.commands import Deposit, OpenAccount, Transfer, Withdraw
from bankcore.money import Money
from tests.contract.adapters import LedgerWorld
from tests.worlds.values import NPR, npr, posted

UNKNOWN = UUID("019c1406-3400-7000-8000-000000000bad")
MICROSECOND = timedelta(microseconds=1)


def test_an_account_is_there_for_its_owner_and_for_staff_only(world: LedgerWorld, alice: AccountId) -> None:
    assert world.queries.get_account(alice) == world.queries.get_account(alice, owner_id="alice")
    with pytest.raises(NotFoundError) as hidden:
        world.queries.get_account(alice, owner_id="bob")
    with pytest.raises(NotFoundError) as unknown:
        world.queries.get_account(AccountId(UNKNOWN))

    assert hidden.value == NotFoundError(resource="account", identifier=str(alice))
    assert unknown.value == NotFoundError(resource="account", identifier=str(UNKNOWN))


def test_whose_an_account_is_can_be_asked_again_and_again(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    for _ in range(2):
        assert world.queries.get_owner_id(alice) == "alice"
        assert world.queries.get_owner_id(bob) == "bob"
        with pytest.raises(NotFoundError):
            world.queries.get_owner_id(AccountId(UNKNOWN))


def test_an_account_that_was_unknown_is_known_once_it_is_open(world: LedgerWorld) -> None:
    with pytest.raises(NotFoundError):
        world.queries.get_owner_id(AccountId(UNKNOWN))
    world.ledger.open_account(OpenAccount("carol", NPR, account_id=AccountId(UNKNOWN)))

    assert world.queries.get_owner_id(AccountId(UNKNOWN)) == "carol"


def test_every_read_hides_somebody_elses_account(world: LedgerWorld, alice: AccountId) -> None:
    world.ledger.deposit(alice, npr("1"))

    for account_id, owner_id in ((alice, "bob"), (AccountId(UNKNOWN), None)):
        with pytest.raises(NotFoundError):
            world.queries.balance_at(account_id, owner_id=owner_id)
        with pytest.raises(NotFoundError):
            world.queries.list_entries(account_id, limit=1, owner_id=owner_id)


def test_no_account_has_an_unknown_number(world: LedgerWorld, alice: AccountId) -> None:
    number = world.queries.get_account(alice).number

    assert world.queries.find_account_by_number("0000000000000000") is None
    found = world.queries.find_account_by_number(number)
    assert found is not None
    assert found.id == alice


def test_an_account_number_has_16_digits_that_check(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    numbers = [world.queries.get_account(account_id).number for account_id in (alice, bob)]

    assert [len(number) for number in numbers] == [16, 16]
    assert [int(number) % 97 for number in numbers] == [1, 1]
    assert len(set(numbers)) == 2


def test_accounts_are_listed_in_the_order_of_their_ids(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    more = [world.accounts.open(currency="USD", owner_id="alice").id for _ in range(4)]
    expected = sorted([alice, *more])

    def ids(after: AccountId | None, limit: int) -> list[AccountId]:
        return [account.id for account in world.queries.list_accounts(owner_id="alice", after=after, limit=limit)]

    assert ids(None, 10) == expected
    assert ids(None, 2) == expected[:2]
    assert ids(expected[1], 2) == expected[2:4]
    assert ids(expected[-1], 2) == []
    assert [account.id for account in world.queries.list_accounts(owner_id="bob", limit=5)] == [bob]
    assert world.queries.list_accounts(owner_id="nobody", limit=5) == []


def test_the_balance_at_an_instant_is_what_the_last_entry_until_then_left(world: LedgerWorld, alice: AccountId) -> None:
    first = world.ledger.deposit(alice, npr("10")).posted_at
    second = world.ledger.withdraw(alice, npr("4")).posted_at

    at = {
        instant: world.queries.balance_at(alice, instant).balance
        for instant in (first - MICROSECOND, first, second - MICROSECOND, second, second + MICROSECOND)
    }

    assert at[first - MICROSECOND] == npr("0")
    assert at[first] == at[second - MICROSECOND] == npr("10")
    assert at[second] == at[second + MICROSECOND] == npr("6")


def test_after_a_batch_the_balance_at_its_instant_is_what_the_whole_batch_left(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    outcomes = world.ledger.execute(
        [Deposit(alice, npr("10")), Transfer(alice, bob, npr("3")), Withdraw(alice, npr("2"))]
    )

    posted_at = posted(outcomes[-1]).transaction.posted_at
    assert world.queries.balance_at(alice, posted_at).balance == npr("5")
    assert world.queries.balance_at(alice, posted_at - MICROSECOND).balance == npr("0")


def test_the_balance_now_is_the_accounts_own(world: LedgerWorld, alice: AccountId) -> None:
    world.ledger.deposit(alice, npr("10"))

    balance = world.queries.balance_at(alice, owner_id="alice")

    assert (balance.account_id, balance.balance, balance.held, balance.available) == (
        alice,
        npr("10"),
        npr("0"),
        npr("10"),
    )
    assert balance.at.utcoffset() == timedelta(0)


def test_a_balance_of_now_has_the_version_that_an_expectation_takes(world: LedgerWorld, alice: AccountId) -> None:
    before = world.queries.balance_at(alice).version
    posted_at = world.ledger.deposit(alice, npr("10")).posted_at

    assert (before, world.queries.balance_at(alice).version) == (0, 1)
    assert world.queries.get_account(alice).version == 1
    assert world.queries.balance_at(alice, posted_at - MICROSECOND).version is None


def test_a_balance_tells_the_instant_it_was_asked_for(world: LedgerWorld, alice: AccountId) -> None:
    posted_at = world.ledger.deposit(alice, npr("10")).posted_at

    assert world.queries.balance_at(alice, posted_at).at == posted_at


def test_entries_are_listed_from_the_latest_to_the_first(world: LedgerWorld, alice: AccountId) -> None:
    world.ledger.execute([Deposit(alice, npr(str(number))) for number in range(1, 6)])

    def sequences(before_sequence: int | None, limit: int) -> list[int]:
        entries = world.queries.list_entries(alice, before_sequence=before_sequence, limit=limit, owner_id="alice")
        return [entry.sequence for entry in entries]

    assert sequences(None, 10) == [5, 4, 3, 2, 1]
    assert sequences(None, 2) == [5, 4]
    assert sequences(4, 2) == [3, 2]
    assert sequences(2, 2) == [1]
    assert sequences(1, 2) == []


def test_a_listed_entry_is_that_of_the_transaction(world: LedgerWorld, alice: AccountId) -> None:
    transaction = world.ledger.deposit(alice, npr("10"))

    (entry,) = world.queries.list_entries(alice, limit=5)

    assert entry in transaction.entries


def test_a_transaction_is_there_for_its_parties_who_see_their_own_side_only(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    world.ledger.deposit(alice, npr("10"))
    transaction = world.ledger.transfer(alice, bob, npr("4"))

    def visible(owner_id: str | None) -> set[AccountId]:
        view = world.queries.get_transaction(transaction.id, owner_id=owner_id)
        assert view.transaction == transaction
        return {entry.account_id for entry in transaction.entries if view.may_see_balances(entry)}

    assert visible("alice") == {alice}
    assert visible("bob") == {bob}
    assert visible(None) == {alice, bob}


def test_a_transaction_is_not_there_for_strangers(world: LedgerWorld, alice: AccountId) -> None:
    transaction = world.ledger.deposit(alice, npr("10"))

    with pytest.raises(NotFoundError) as hidden:
        world.queries.get_transaction(transaction.id, owner_id="bob")
    with pytest.raises(NotFoundError) as unknown:
        world.queries.get_transaction(TransactionId(UNKNOWN))

    assert hidden.value == NotFoundError(resource="transaction", identifier=str(transaction.id))
    assert unknown.value == NotFoundError(resource="transaction", identifier=str(UNKNOWN))


def test_the_last_sequence_at_an_instant_counts_what_was_posted_until_then(
    world: LedgerWorld, alice: AccountId
) -> None:
    opened = world.queries.get_account(alice).created_at
    posted_at = [world.ledger.deposit(alice, npr("1")).posted_at for _ in range(4)]

    assert world.queries.last_sequence_at(alice, opened - MICROSECOND) == 0
    for sequence, instant in enumerate(posted_at, start=1):
        assert world.queries.last_sequence_at(alice, instant) == sequence
        assert world.queries.last_sequence_at(alice, instant - MICROSECOND) == sequence - 1
    assert world.queries.last_sequence_at(alice, posted_at[-1] + timedelta(days=1), owner_id="alice") == 4


def test_the_last_sequence_of_an_empty_account_is_none(world: LedgerWorld, alice: AccountId) -> None:
    assert world.queries.last_sequence_at(alice, world.queries.get_account(alice).created_at) == 0
    for account_id, owner_id in ((alice, "bob"), (AccountId(UNKNOWN), None)):
        with pytest.raises(NotFoundError):
            world.queries.last_sequence_at(account_id, world.queries.get_account(alice).created_at, owner_id=owner_id)


def test_a_trial_balance_has_a_line_for_each_currency_and_kind(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    dollars = world.accounts.open(currency="USD", owner_id="alice").id
    world.ledger.deposit(alice, npr("5"))
    world.ledger.transfer(alice, bob, npr("2"))
    world.ledger.deposit(dollars, Money.of("7", "USD"))

    lines = [(line.currency.code, line.kind, line.accounts, line.total_minor) for line in world.queries.trial_balance()]

    assert lines == [
        ("NPR", AccountKind.CUSTOMER, 2, 500),
        ("NPR", AccountKind.SETTLEMENT, 1, -500),
        ("USD", AccountKind.CUSTOMER, 1, 700),
        ("USD", AccountKind.SETTLEMENT, 1, -700),
    ]


def test_books_without_accounts_have_an_empty_trial_balance(world: LedgerWorld) -> None:
    assert world.queries.trial_balance() == []


def test_transactions_are_found_by_their_ids_and_unknown_ones_are_left_out(
    world: LedgerWorld, alice: AccountId
) -> None:
    first, second = (world.ledger.deposit(alice, npr(amount)) for amount in ("1", "2"))

    found = world.queries.find_transactions([second.id, TransactionId(UNKNOWN), first.id])

    assert found == {first.id: first, second.id: second}
    assert world.queries.find_transactions([]) == {}
