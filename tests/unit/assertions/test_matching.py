"""Lines go together by reference, then by amount and day; each goes with one other at most."""

from datetime import timedelta

import pytest

from bankcore.assertions import matching
from bankcore.assertions.matching import match_statement
from bankcore.documents.bank_statements import BankEntry, BankStatement
from bankcore.errors import InvalidRequestError
from bankcore.ledger.accounts import settlement_account_id
from bankcore.ledger.commands import Deposit, Withdraw
from bankcore.ledger.transactions import Source
from bankcore.money import CURRENCIES, Money
from bankcore.testing.bank import InMemoryBank, in_memory_bank
from bankcore.testing.clock import START

A_DAY = timedelta(days=1)


def npr(amount: str) -> Money:
    return Money.of(amount, "NPR")


@pytest.fixture
def bank() -> InMemoryBank:
    """One deposit a day for five days, each of 1.00, with the reference of its day; then 2.00 are withdrawn."""
    made = in_memory_bank()
    account = made.accounts.open(owner_id="sita", currency="NPR")
    for day in range(5):
        made.ledger.post(Deposit(account.id, npr("1.00"), reference=f"day {day}", source=Source("bank", f"S{day}")))
        made.clock.advance(A_DAY)
    made.ledger.post(Withdraw(account.id, npr("2.00")))
    made.clock.advance(A_DAY)
    return made


def matched(
    bank: InMemoryBank, *theirs: BankEntry, days: int = 7
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Lines with sequences, lines that only they have, sequences that only we have."""
    statement = BankStatement(
        account="X",
        from_instant=START,
        to_instant=START + days * A_DAY,
        opening=npr("0"),
        closing=npr("0"),
        entries=theirs,
    )
    found = match_statement(bank.queries, settlement_account_id(bank.tenant_id, CURRENCIES["NPR"]), statement)
    return (
        [(match.theirs.line, match.ours.entry.sequence) for match in found.matches],
        [entry.line for entry in found.only_theirs],
        [line.entry.sequence for line in found.only_ours],
    )


def line(
    number: int, amount: str, *, day: float = 0, bank_reference: str | None = None, reference: str | None = None
) -> BankEntry:
    booked_at = START + day * A_DAY
    return BankEntry(number, npr(amount), booked_at, booked_at, bank_reference, reference)


def test_a_reference_goes_before_a_day(bank: InMemoryBank) -> None:
    assert matched(bank, line(2, "1.00", day=0, reference="day 3"), line(3, "1.00", day=0, bank_reference="S1")) == (
        [(2, 4), (3, 2)],
        [],
        [1, 3, 5, 6],
    )


def test_a_transaction_is_found_by_its_id_too(bank: InMemoryBank) -> None:
    settlement_id = settlement_account_id(bank.tenant_id, CURRENCIES["NPR"])
    latest = bank.queries.list_entries(settlement_id, limit=2)[1]

    assert matched(bank, line(2, "1.00", bank_reference=latest.transaction_id.hex))[0] == [(2, 5)]


def test_of_equal_amounts_the_earlier_ones_go_together(bank: InMemoryBank) -> None:
    assert matched(bank, line(2, "1.00", day=0), line(3, "1.00", day=0), line(4, "1.00", day=0))[0] == [
        (2, 1),
        (3, 2),
        (4, 3),
    ]


def test_an_amount_is_equal_to_the_minor_unit_and_of_the_same_side(bank: InMemoryBank) -> None:
    assert matched(bank, line(2, "-1.00"), line(3, "1.01"), line(4, "-2.00", day=6)) == (
        [(4, 6)],
        [2, 3],
        [1, 2, 3, 4, 5],
    )


def test_the_amount_alone_says_nothing_of_another_week(bank: InMemoryBank) -> None:
    assert matched(bank, line(2, "-2.00", day=1))[0] == []


def test_what_only_we_have_is_told_for_the_period_only(bank: InMemoryBank) -> None:
    assert matched(bank, days=2) == ([], [], [1, 2])


def test_more_than_can_be_compared_is_refused(bank: InMemoryBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "LINES_MAX", 5)

    with pytest.raises(InvalidRequestError):
        matched(bank)
