from datetime import UTC, datetime
from uuid import UUID

import pytest

from bankcore.errors import LedgerInvariantError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.transactions import Entry, Posting, require_balanced, total_moved
from bankcore.money import Currency, Money
from tests.worlds.values import NPR, USD, npr

ALICE, BOB = AccountId(UUID(int=1)), AccountId(UUID(int=2))
NOW = datetime(2026, 1, 31, tzinfo=UTC)


def entry(currency: Currency, amount_minor: int) -> Entry:
    return Entry(ALICE, 1, TransactionId(UUID(int=9)), currency, amount_minor, 500, 500 + amount_minor, NOW, bytes(32))


def test_an_entry_tells_its_amounts_as_money() -> None:
    recorded = entry(NPR, -200)

    assert (recorded.amount, recorded.balance_before, recorded.balance_after) == (npr("-2"), npr("5"), npr("3"))


def test_what_moved_is_the_sum_of_the_credits() -> None:
    lines = [Posting(ALICE, npr("-10")), Posting(BOB, npr("7")), Posting(ALICE, npr("3"))]

    assert total_moved(lines) == npr("10")


def test_what_moved_in_several_currencies_has_no_sum() -> None:
    dollars = Money(1, USD)
    lines = [Posting(ALICE, npr("-1")), Posting(BOB, npr("1")), Posting(ALICE, dollars), Posting(BOB, -dollars)]

    assert total_moved(lines) is None


def test_balanced_entries_pass_and_others_stop_everything() -> None:
    require_balanced([entry(NPR, 5), entry(NPR, -5), entry(USD, 1), entry(USD, -1)])
    require_balanced([])

    with pytest.raises(LedgerInvariantError):
        require_balanced([entry(NPR, 5), entry(USD, -5)])
