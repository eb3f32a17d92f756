"""What counts by an instant, and what all accounts held at one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from bankcore.errors import InvalidRequestError, NotFoundError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountKind
from bankcore.ledger.commands import Deposit, OpenAccount, Transfer
from bankcore.ledger.transactions import Entry, Transaction
from tests.contract.adapters import LedgerWorld
from tests.worlds.values import NPR, npr, posted

MOVEMENTS = 60
HOUR = timedelta(hours=1)
A_MOMENT = timedelta(microseconds=1)
UNKNOWN = AccountId(UUID("019c1406-3400-7000-8000-000000000bad"))


def effective(world: LedgerWorld, account_id: AccountId, instant: datetime) -> str:
    """The balance of what counts by then."""
    return world.queries.balance_effective_at(account_id, instant).balance.to_decimal_string()


def test_what_counts_later_than_it_was_posted_is_not_in_the_balance_before(
    world: LedgerWorld, alice: AccountId
) -> None:
    now = world.queries.balance_at(alice).at
    world.ledger.deposit(alice, npr("5"))
    transaction = world.ledger.execute([Deposit(alice, npr("2"), effective_at=now + HOUR)])[0]
    at = posted(transaction).transaction.posted_at

    assert effective(world, alice, at) == "5.00"
    assert effective(world, alice, now + HOUR - A_MOMENT) == "5.00"
    assert effective(world, alice, now + HOUR) == "7.00"
    assert str(world.queries.balance_at(alice).balance) == "7.00 NPR"


def test_what_was_posted_later_and_counts_earlier_is_in_the_balance_then(world: LedgerWorld, alice: AccountId) -> None:
    world.ledger.deposit(alice, npr("5"))
    before = world.queries.balance_at(alice).at - 5 * HOUR
    world.ledger.execute([Deposit(alice, npr("2"), effective_at=before)])

    assert effective(world, alice, before - A_MOMENT) == "0.00"
    assert effective(world, alice, before) == "2.00"
    assert str(world.queries.balance_at(alice, before).balance) == "0.00 NPR"
    assert effective(world, alice, world.queries.balance_at(alice).at + HOUR) == "7.00"


def test_each_instant_has_the_plain_sum_of_what_counts_by_then(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    random, now = Random(7), world.queries.balance_at(alice).at
    world.ledger.deposit(alice, npr("1000"))
    for _ in range(MOVEMENTS // 6):
        payers = [random.choice([(alice, bob), (bob, alice)]) for _ in range(6)]
        dates = [random.choice([None, now + random.randint(-9, 9) * HOUR, now]) for _ in payers]
        world.ledger.execute(
            [
                Transfer(payer, payee, npr(str(random.randint(1, 9))), effective_at=date)
                for (payer, payee), date in zip(payers, dates, strict=True)
            ]
        )
    instants = [now + hours * HOUR + off * A_MOMENT for hours in range(-10, 11) for off in (-1, 0, 1)]

    for account_id in (alice, bob):
        counted = list(_counted(world, account_id))
        for instant in [*instants, *(entry.posted_at for entry, _transaction in counted)]:
            plain = sum(entry.amount_minor for entry, each in counted if each.effective_at <= instant)
            assert world.queries.balance_effective_at(account_id, instant).balance.minor == plain, instant


def _counted(world: LedgerWorld, account_id: AccountId) -> Sequence[tuple[Entry, Transaction]]:
    entries = world.queries.list_entries(account_id, limit=1_000)
    transactions = world.queries.find_transactions([entry.transaction_id for entry in entries])
    return [(entry, transactions[entry.transaction_id]) for entry in entries]


def test_who_may_not_read_an_account_may_not_ask_what_counts_on_it(world: LedgerWorld, alice: AccountId) -> None:
    now = world.queries.balance_at(alice).at

    for account_id, owner_id in ((alice, "bob"), (UNKNOWN, None)):
        with pytest.raises(NotFoundError):
            world.queries.balance_effective_at(account_id, now, owner_id=owner_id)


def test_an_instant_without_an_offset_is_refused(world: LedgerWorld, alice: AccountId) -> None:
    naive = world.queries.balance_at(alice).at.replace(tzinfo=None)

    with pytest.raises(InvalidRequestError):
        world.queries.balance_effective_at(alice, naive)
    with pytest.raises(InvalidRequestError):
        world.queries.trial_balance(naive)


def test_a_trial_balance_at_an_instant_is_what_all_accounts_held_then(world: LedgerWorld, alice: AccountId) -> None:
    opened = world.queries.balance_at(alice).at
    first = posted(world.ledger.execute([Deposit(alice, npr("5"))])[0])
    between = first.transaction.posted_at
    world.ledger.execute([OpenAccount("carol", NPR, account_id=UNKNOWN)])
    world.ledger.execute([Transfer(alice, UNKNOWN, npr("2"))])
    world.ledger.execute([Deposit(alice, npr("1"))])

    def lines(at: datetime | None) -> dict[AccountKind, tuple[int, int]]:
        return {line.kind: (line.accounts, line.total_minor) for line in world.queries.trial_balance(at)}

    assert lines(between)[AccountKind.SETTLEMENT] == (1, -500)
    assert lines(between)[AccountKind.CUSTOMER][1] == 500
    assert lines(between - A_MOMENT).get(AccountKind.CUSTOMER, (0, 0))[1] == 0
    assert lines(opened - 9 * HOUR) == {}
    assert lines(world.queries.balance_at(alice).at + HOUR) == lines(None)
