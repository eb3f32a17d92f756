from uuid import UUID

import pytest

from bankcore.errors import NotFoundError
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountKind, AccountStatus
from bankcore.ledger.commands import Deposit, OpenAccount, PostTransaction, Transfer, Withdraw
from bankcore.ledger.events import AccountOpened, CommandRejected, TransactionPosted
from bankcore.ledger.rejections import (
    AccountClosedError,
    AccountExistsError,
    AccountFrozenError,
    BatchRejectedError,
    InsufficientFundsError,
)
from bankcore.ledger.transactions import Posting
from bankcore.money import MINOR_MAX, AmountOutOfRangeError, Money
from bankcore.origin import Origin
from bankcore.testing import read_books, require_sound_books
from tests.contract.adapters import LedgerWorld
from tests.worlds.values import NPR, npr, posted, words

CHOSEN = AccountId(UUID("019c1406-3400-7000-8000-000000000bad"))


def require_sound(world: LedgerWorld) -> None:
    require_sound_books(read_books(world.queries, ["alice", "bob", "carol"]))


def test_an_account_is_stored_as_it_was_opened(world: LedgerWorld) -> None:
    opened = world.accounts.open(currency="KWD", owner_id="alice", name="Savings \u2603", floor="-1.250")

    assert (opened.owner_id, opened.name, opened.status) == ("alice", "Savings \u2603", AccountStatus.ACTIVE)
    assert (opened.floor_minor, opened.balance_minor, opened.held_minor, opened.version) == (-1_250, 0, 0, 0)
    assert world.queries.get_account(opened.id) == opened
    assert world.queries.find_account_by_number(opened.number) == opened


def test_an_account_may_be_without_name_and_floor(world: LedgerWorld) -> None:
    opened = world.accounts.open(currency="NPR", owner_id="bank", floor=None, kind=AccountKind.FEE)

    stored = world.queries.get_account(opened.id)
    assert (stored.name, stored.floor, stored.kind) == (None, None, AccountKind.FEE)


def test_a_transaction_is_stored_as_it_was_returned(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    plain = world.ledger.deposit(alice, npr("10"))
    full = world.ledger.transfer(
        alice,
        bob,
        npr("4"),
        reference="rent \u2603",
        metadata={"order": "7", "empty": ""},
        effective_at=plain.posted_at.replace(year=2020),
    )

    assert (plain.kind, plain.amount, plain.reference, plain.metadata) == ("deposit", npr("10"), None, {})
    assert (plain.effective_at, plain.reverses, plain.source) == (plain.posted_at, None, None)
    assert (full.kind, full.reference, full.metadata) == ("transfer", "rent \u2603", {"order": "7", "empty": ""})
    assert full.effective_at == plain.posted_at.replace(year=2020)
    for transaction in (plain, full):
        assert world.queries.get_transaction(transaction.id).transaction == transaction


def test_a_general_transaction_of_two_currencies_is_stored_as_it_was_returned(
    world: LedgerWorld, alice: AccountId
) -> None:
    ours = [world.accounts.open(currency=code, owner_id="bank", floor=None).id for code in ("NPR", "USD")]
    dollars = world.accounts.open(currency="USD", owner_id="alice").id
    world.ledger.deposit(alice, npr("1330"))
    lines = (
        Posting(alice, npr("-1330")),
        Posting(ours[0], npr("1330")),
        Posting(ours[1], Money.of("-10", "USD")),
        Posting(dollars, Money.of("10", "USD")),
    )

    exchanged = world.ledger.post(PostTransaction(lines, transaction_kind="exchange"))

    assert (exchanged.kind, exchanged.amount) == ("exchange", None)
    assert {(entry.account_id, entry.amount) for entry in exchanged.entries} == {*lines}
    assert world.queries.get_transaction(exchanged.id).transaction == exchanged
    require_sound(world)


def test_an_account_may_appear_several_times_and_debits_come_before_credits(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    world.ledger.deposit(alice, npr("1"))
    lines = (Posting(alice, npr("7")), Posting(bob, npr("-4")), Posting(alice, npr("-5")), Posting(bob, npr("2")))

    transaction = world.ledger.post(PostTransaction(lines))

    assert world.queries.get_transaction(transaction.id).transaction == transaction
    shown = [(entry.account_id, entry.sequence, entry.amount, entry.balance_after) for entry in transaction.entries]
    assert shown == [
        (alice, 3, npr("-5"), npr("3")),
        (bob, 1, npr("-4"), npr("-4")),
        (alice, 2, npr("7"), npr("8")),
        (bob, 2, npr("2"), npr("-2")),
    ]
    assert [entry.balance_before for entry in transaction.entries] == [npr("8"), npr("0"), npr("1"), npr("-4")]
    require_sound(world)


def test_an_empty_batch_does_nothing(world: LedgerWorld) -> None:
    assert world.ledger.execute([]) == world.ledger.execute([], atomic=True, dry_run=True) == []
    assert list(world.events()) == []


def test_a_batch_decides_each_command_on_what_those_before_it_left(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    world.ledger.deposit(bob, npr("1"))
    world.ledger.withdraw(bob, npr("1"))

    outcomes = world.ledger.execute(
        [
            Deposit(CHOSEN, npr("1")),
            Deposit(alice, npr("10")),
            Withdraw(alice, npr("11")),
            Transfer(alice, bob, npr("10")),
            OpenAccount("carol", NPR, account_id=CHOSEN),
            Transfer(bob, CHOSEN, npr("15")),
            Transfer(bob, CHOSEN, npr("0.01")),
            OpenAccount("carol", NPR, account_id=CHOSEN),
            OpenAccount("carol", NPR, account_id=alice),
        ]
    )

    assert words(outcomes) == [
        "not_found",
        "posted",
        "insufficient_funds",
        "posted",
        "opened",
        "posted",
        "insufficient_funds",
        "account_exists",
        "account_exists",
    ]
    assert outcomes[-1] == Rejected(AccountExistsError(account_id=alice))
    assert world.accounts.get(alice).owner_id == "alice"
    balances = {account_id: world.accounts.balance(account_id).balance for account_id in (alice, bob, CHOSEN)}
    assert balances == {alice: npr("0"), bob: npr("-5"), CHOSEN: npr("15")}
    require_sound(world)


def test_a_refusal_changes_nothing(world: LedgerWorld, alice: AccountId) -> None:
    before = world.queries.get_account(alice)

    with pytest.raises(InsufficientFundsError) as caught:
        world.ledger.withdraw(alice, npr("1"))

    assert (caught.value.account_id, caught.value.available, caught.value.needed) == (alice, npr("0"), npr("1"))
    assert world.queries.get_account(alice) == before


def test_an_atomic_batch_is_posted_whole_or_not_at_all(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    commands = [Deposit(alice, npr("10")), OpenAccount("carol", NPR, account_id=CHOSEN), Transfer(alice, bob, npr("9"))]
    too_much = Transfer(alice, CHOSEN, npr("2"))

    failed = world.ledger.execute([*commands, too_much], atomic=True)

    assert words(failed) == ["batch_rejected"] * 3 + ["insufficient_funds"]
    assert failed[0] == Rejected(BatchRejectedError(failed_index=3))
    assert world.accounts.balance(alice).balance == npr("0")
    with pytest.raises(NotFoundError):
        world.queries.get_account(CHOSEN)
    assert words(world.ledger.execute(commands, atomic=True)) == ["posted", "opened", "posted"]
    require_sound(world)


def test_a_holder_sees_no_other_accounts_in_a_batch(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    outcomes = world.ledger.execute(
        [Transfer(bob, alice, npr("1")), Deposit(alice, npr("2")), Transfer(alice, bob, npr("2"))],
        origin=Origin(owner_id="alice"),
    )

    assert outcomes[0] == Rejected(NotFoundError(resource="account", identifier=str(bob)))
    assert words(outcomes[1:]) == ["posted", "posted"]


def test_a_dry_run_answers_what_would_happen_and_leaves_no_trace(world: LedgerWorld, alice: AccountId) -> None:
    commands = [
        Deposit(alice, npr("10"), idempotency_key="d"),
        OpenAccount("carol", NPR, account_id=CHOSEN),
        Withdraw(alice, npr("11")),
    ]
    events = list(world.events())

    failed = world.ledger.execute(commands, atomic=True, dry_run=True)
    rehearsed = world.ledger.execute(commands, dry_run=True)

    assert words(failed) == ["batch_rejected", "batch_rejected", "insufficient_funds"]
    assert words(rehearsed) == ["posted", "opened", "insufficient_funds"]
    assert world.queries.list_entries(alice, limit=5) == []
    assert list(world.events()) == events
    with pytest.raises(NotFoundError):
        world.queries.get_transaction(posted(rehearsed[0]).transaction.id)
    assert words(world.ledger.execute(commands)) == words(rehearsed)


def test_a_frozen_or_closed_account_is_seen_and_not_moved(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    world.ledger.deposit(alice, npr("10"))

    world.change_status(alice, AccountStatus.FROZEN)
    world.change_status(bob, AccountStatus.CLOSED)

    assert world.queries.get_account(alice).status is AccountStatus.FROZEN
    with pytest.raises(AccountFrozenError):
        world.ledger.transfer(alice, bob, npr("1"))
    with pytest.raises(AccountClosedError):
        world.ledger.deposit(bob, npr("1"))
    world.change_status(alice, AccountStatus.ACTIVE)
    world.ledger.withdraw(alice, npr("10"))


def test_amounts_reach_the_limit_of_64_bits_and_not_beyond(world: LedgerWorld, alice: AccountId) -> None:
    world.ledger.deposit(alice, Money(MINOR_MAX, NPR))

    with pytest.raises(AmountOutOfRangeError):
        world.ledger.deposit(alice, npr("0.01"))

    assert world.queries.get_account(alice).balance == Money(MINOR_MAX, NPR)
    require_sound(world)


def test_what_one_holder_moves_never_fills_what_all_share(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    most = Money(MINOR_MAX, NPR)

    world.ledger.deposit(alice, most)
    world.ledger.deposit(bob, npr("0.01"))
    for _ in range(2):
        world.ledger.withdraw(alice, most)
        world.ledger.deposit(alice, most)
    outcomes = world.ledger.execute(
        [Withdraw(alice, most), Deposit(bob, npr("5")), Deposit(alice, most), Withdraw(bob, npr("1"))]
    )

    assert words(outcomes) == ["posted"] * 4
    assert world.queries.get_account(bob).balance == npr("4.01")
    assert sum(line.total_minor for line in world.queries.trial_balance()) == 0
    require_sound(world)


def test_what_empties_a_full_account_of_ours_is_recorded_as_our_own_doing(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    world.ledger.deposit(alice, Money(MINOR_MAX, NPR))
    seen = len(world.events())

    paid_in = world.ledger.deposit(bob, npr("1"), origin=Origin(actor_id="bob", request_id="req_12345678"))

    opened, carried, posted_event = world.events()[seen:]
    assert isinstance(opened, AccountOpened)
    assert isinstance(carried, TransactionPosted)
    assert isinstance(posted_event, TransactionPosted)
    fresh, transaction = world.queries.get_account(opened.account.id), carried.transaction
    assert (fresh.kind, fresh.owner_id, fresh.floor) == (AccountKind.SETTLEMENT, "bank", None)
    assert fresh.balance == Money(-MINOR_MAX, NPR)
    assert (transaction.kind, transaction.amount) == ("carry_forward", Money(MINOR_MAX, NPR))
    assert world.queries.get_transaction(transaction.id).transaction == transaction
    assert carried.stamp.origin == Origin(actor_type="system", actor_id="ledger", request_id="req_12345678")
    assert posted_event.transaction == paid_in
    assert (posted_event.stamp.origin.actor_id, paid_in.amount) == ("bob", npr("1"))


def test_nobody_fills_the_account_of_somebody_else(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    world.ledger.deposit(alice, Money(MINOR_MAX, NPR))

    with pytest.raises(AmountOutOfRangeError) as caught:
        world.ledger.transfer(alice, bob, Money(MINOR_MAX, NPR))
    world.ledger.transfer(alice, bob, Money(MINOR_MAX // 2, NPR))
    world.ledger.deposit(bob, npr("1000000"))

    assert (caught.value.account_id, caught.value.balance_max) == (bob, Money(MINOR_MAX // 2, NPR))
    require_sound(world)


def test_time_always_moves_forward_along_an_account(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    posted_at = [world.ledger.deposit(account_id, npr("1")).posted_at for account_id in (alice, bob, alice, bob)]

    assert posted_at == sorted(set(posted_at))


def test_committed_events_are_told_in_order(world: LedgerWorld, alice: AccountId) -> None:
    seen = len(world.events())

    outcomes = world.ledger.execute([Deposit(alice, npr("1")), Withdraw(alice, npr("2")), OpenAccount("carol", NPR)])

    first, second, third = world.events()[seen:]
    assert isinstance(first, TransactionPosted)
    assert first.transaction == posted(outcomes[0]).transaction
    assert isinstance(second, CommandRejected)
    assert second.reason.code == "insufficient_funds"
    assert isinstance(third, AccountOpened)
    assert third.account.owner_id == "carol"
