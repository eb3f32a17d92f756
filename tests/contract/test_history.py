from dataclasses import dataclass

import pytest

from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Deposit, PostTransaction, Transfer
from bankcore.ledger.queries import HistoryFilter, HistoryPosition, TransactionView
from bankcore.ledger.transactions import Posting, Transaction
from bankcore.money import Money
from tests.contract.adapters import LedgerWorld
from tests.worlds.values import npr, posted


@dataclass(frozen=True)
class History:
    """Alice's five transactions, the first one first; the last two were posted in one batch."""

    dollars: AccountId
    made: list[Transaction]


@pytest.fixture
def history(world: LedgerWorld, alice: AccountId, bob: AccountId) -> History:
    dollars = world.accounts.open(currency="USD", owner_id="alice").id
    carol = world.accounts.open(currency="NPR", owner_id="carol").id
    first = world.ledger.deposit(alice, npr("10"), reference="salary")
    world.ledger.deposit(carol, npr("10"), reference="salary")
    second = world.ledger.deposit(dollars, Money.of("2.5", "USD"))
    third = world.ledger.transfer(alice, bob, npr("4"), reference="rent")
    world.ledger.transfer(carol, bob, npr("4"), reference="rent")
    batch = world.ledger.execute([Transfer(bob, alice, npr("1"), reference="rent"), Deposit(alice, npr("3"))])
    return History(dollars, [first, second, third, *(posted(outcome).transaction for outcome in batch)])


def listed(views: object) -> list[Transaction]:
    assert isinstance(views, list)
    return [view.transaction for view in views if isinstance(view, TransactionView)]


def test_a_history_runs_from_the_latest_transaction_to_the_first(world: LedgerWorld, history: History) -> None:
    assert listed(world.queries.history(HistoryFilter(owner_id="alice"), limit=10)) == history.made[::-1]
    assert world.queries.history(HistoryFilter(owner_id="nobody"), limit=10) == []


def test_a_history_shows_the_balances_of_its_owner_only(
    world: LedgerWorld, history: History, alice: AccountId, bob: AccountId
) -> None:
    for view in world.queries.history(HistoryFilter(owner_id="alice"), limit=10):
        seen = {entry.account_id for entry in view.transaction.entries if view.may_see_balances(entry)}
        assert seen <= {alice, history.dollars}
        assert seen
        assert bob not in seen


def test_a_history_is_read_page_by_page_after_a_position(world: LedgerWorld, history: History) -> None:
    wanted, before, pages = HistoryFilter(owner_id="alice"), None, []
    while page := listed(world.queries.history(wanted, before=before, limit=2)):
        pages.append(page)
        before = HistoryPosition(page[-1].posted_at, page[-1].id)

    latest_first = history.made[::-1]
    assert pages == [latest_first[:2], latest_first[2:4], latest_first[4:]]


def test_a_page_may_end_between_two_transactions_of_one_instant(world: LedgerWorld, history: History) -> None:
    earlier, later = history.made[3:]
    assert earlier.posted_at == later.posted_at

    views = world.queries.history(
        HistoryFilter(owner_id="alice"), before=HistoryPosition(later.posted_at, later.id), limit=1
    )

    assert listed(views) == [earlier]


def test_a_history_is_read_page_by_page_after_an_offset(world: LedgerWorld, history: History) -> None:
    wanted, latest_first = HistoryFilter(owner_id="alice"), history.made[::-1]

    assert listed(world.queries.history(wanted, offset=0, limit=2)) == latest_first[:2]
    assert listed(world.queries.history(wanted, offset=1, limit=3)) == latest_first[1:4]
    assert world.queries.history(wanted, offset=5, limit=3) == []


def test_a_history_can_be_of_one_account(
    world: LedgerWorld, history: History, alice: AccountId, bob: AccountId
) -> None:
    def of_account(account_id: AccountId) -> list[Transaction]:
        return listed(world.queries.history(HistoryFilter(owner_id="alice", account_id=account_id), limit=10))

    assert of_account(history.dollars) == [history.made[1]]
    assert of_account(alice) == [made for made in history.made[::-1] if made != history.made[1]]
    assert of_account(bob) == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (HistoryFilter(owner_id="alice", kind="deposit"), [4, 1, 0]),
        (HistoryFilter(owner_id="alice", kind="withdrawal"), []),
        (HistoryFilter(owner_id="alice", reference="rent"), [3, 2]),
        (HistoryFilter(owner_id="alice", reference="ren"), []),
        (HistoryFilter(owner_id="alice", kind="deposit", reference="salary"), [0]),
        (HistoryFilter(owner_id="alice", amount_min="3"), [4, 2, 0]),
        (HistoryFilter(owner_id="alice", amount_min="3.01"), [2, 0]),
        (HistoryFilter(owner_id="alice", amount_max="2.50"), [3, 1]),
        (HistoryFilter(owner_id="alice", amount_max="2.499"), [3]),
        (HistoryFilter(owner_id="alice", amount_min="2.5", amount_max="4.00"), [4, 2, 1]),
        (HistoryFilter(owner_id="alice", amount_min="5", amount_max="4"), []),
    ],
    ids=[
        "kind",
        "another kind",
        "reference",
        "part of a reference",
        "kind and reference",
        "least amount",
        "a little more",
        "most amount",
        "a little less",
        "both amounts",
        "no amount at all",
    ],
)
def test_a_history_can_be_filtered(
    wanted: HistoryFilter, expected: list[int], world: LedgerWorld, history: History
) -> None:
    views = world.queries.history(wanted, limit=10)

    assert listed(views) == [history.made[index] for index in expected]


def test_a_history_can_be_of_a_time_from_and_including_and_up_to(world: LedgerWorld, history: History) -> None:
    second, third, last = history.made[1], history.made[2], history.made[4]

    wanted = HistoryFilter(owner_id="alice", from_instant=second.posted_at, to_instant=last.posted_at)

    assert listed(world.queries.history(wanted, limit=10)) == [third, second]


def test_filters_and_pages_go_together(world: LedgerWorld, history: History) -> None:
    wanted = HistoryFilter(owner_id="alice", kind="deposit")
    last = history.made[4]

    assert listed(world.queries.history(wanted, offset=1, limit=1)) == [history.made[1]]
    before = HistoryPosition(last.posted_at, last.id)
    assert listed(world.queries.history(wanted, before=before, limit=10)) == [history.made[1], history.made[0]]


def test_what_moved_in_several_currencies_has_no_amount_to_be_filtered_by(world: LedgerWorld, alice: AccountId) -> None:
    dollars = world.accounts.open(currency="USD", owner_id="alice").id
    ours = [world.accounts.open(currency=code, owner_id="bank", floor=None).id for code in ("NPR", "USD")]
    one, dollar = npr("1"), Money.of("1", "USD")
    lines = (Posting(ours[0], -one), Posting(alice, one), Posting(ours[1], -dollar), Posting(dollars, dollar))
    transaction = world.ledger.post(PostTransaction(lines))

    assert listed(world.queries.history(HistoryFilter(owner_id="alice"), limit=10)) == [transaction]
    assert world.queries.history(HistoryFilter(owner_id="alice", amount_min="0"), limit=10) == []
    assert world.queries.history(HistoryFilter(owner_id="alice", amount_max="9"), limit=10) == []


def test_a_transaction_between_two_accounts_of_one_owner_is_listed_once(world: LedgerWorld, alice: AccountId) -> None:
    savings = world.accounts.open(currency="NPR", owner_id="alice").id
    world.ledger.deposit(alice, npr("5"))
    moved = world.ledger.transfer(alice, savings, npr("5"))

    assert listed(world.queries.history(HistoryFilter(owner_id="alice"), limit=1)) == [moved]
    assert len(world.queries.history(HistoryFilter(owner_id="alice"), limit=10)) == 2
