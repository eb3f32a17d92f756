"""One suite for both adapters of the ports of payouts: rows are checked all together before anything is started."""

import pytest

from bankcore.errors import InvalidRequestError
from bankcore.idempotency.answers import Accepted, Rejected
from bankcore.ledger.accounts import Account, AccountStatus
from bankcore.money import AmountOutOfRangeError
from bankcore.payouts.rows import InvalidRowsError, PayoutRow, RowField, RowProblem
from bankcore.payouts.start import StartPayout
from bankcore.testing.bank import InMemoryBank
from tests.contract.payout_adapters import NOWHERE, PayoutAdapter


def test_every_wrong_row_is_told_and_nothing_is_started(payouts: PayoutAdapter) -> None:
    dollars = payouts.bank.accounts.open(currency="USD", owner_id="abroad")
    known = payouts.payees[0].number
    rows = [
        PayoutRow(2, "0000000000000000", "10.00"),
        PayoutRow(3, str(NOWHERE), "10.00"),
        PayoutRow(4, dollars.number, "10.00"),
        PayoutRow(5, payouts.payer.number, "10.00"),
        PayoutRow(6, "SETTLEMENT-NPR", "10.00"),
        PayoutRow(7, known, "1.001"),
        PayoutRow(8, known, "-1.00"),
        PayoutRow(9, known, "0"),
        PayoutRow(10, known, "9" * 30),
        PayoutRow(11, known, "1.00", "USD"),
        PayoutRow(12, known, "1.00", "NPR", "a"),
        PayoutRow(13, known, "1.00", None, "a"),
        PayoutRow(14, known, "1.00", None, "\x00"),
        PayoutRow(15, f" {known[:4]} {known[4:8]}-{known[8:]}", "1.00"),
    ]

    answer = payouts.ask(rows, key="p-1")

    assert isinstance(answer, Rejected)
    assert isinstance(answer.reason, InvalidRowsError)
    told = [(problem.line, problem.field) for problem in answer.reason.problems]
    assert told == [
        *((line, RowField.ACCOUNT) for line in (2, 3, 4, 5, 6)),
        *((line, RowField.AMOUNT) for line in (7, 8, 9, 10)),
        (11, RowField.CURRENCY),
        (13, RowField.REFERENCE),
        (14, RowField.REFERENCE),
    ]
    assert answer.reason.problems[10] == RowProblem(13, RowField.REFERENCE, "line 12 has the same reference")
    assert payouts.funds() == ("100.00", "0.00")
    # The key is not used up: the rows that were put right go under the same one.
    assert isinstance(payouts.ask(key="p-1"), Accepted)


def test_all_rows_together_are_an_amount(payouts: PayoutAdapter) -> None:
    answer = payouts.ask(payouts.rows(*["92233720368547758.07"] * 2))

    assert isinstance(answer, Rejected)
    assert isinstance(answer.reason, AmountOutOfRangeError)


@pytest.mark.parametrize("rows", [[], [PayoutRow(1, "1", "1.00")] * 50_001, "rows", 7, [PayoutRow(1, "1", 1)]])  # type: ignore[arg-type] # what people write by mistake
def test_a_job_has_one_to_fifty_thousand_rows_of_text(payouts: PayoutAdapter, rows: list[PayoutRow]) -> None:
    with pytest.raises(InvalidRequestError):
        StartPayout(payouts.payer.id, rows)


@pytest.mark.parametrize("wrong", [{"name": ""}, {"idempotency_key": "\n"}])
def test_a_job_has_a_usable_name_and_key(payouts: PayoutAdapter, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidRequestError):
        StartPayout(payouts.payer.id, payouts.rows(), **wrong)


def test_a_closed_account_is_a_wrong_row(payouts: PayoutAdapter) -> None:
    closed = payouts.payees[1]
    _close(payouts, closed)

    answer = payouts.ask()

    assert isinstance(answer, Rejected)
    assert isinstance(answer.reason, InvalidRowsError)
    assert answer.reason.problems == (RowProblem(2, RowField.ACCOUNT, "the account is closed"),)


def _close(payouts: PayoutAdapter, account: Account) -> None:
    """Close the account, for which there is no command yet."""
    if isinstance(payouts.bank, InMemoryBank):
        payouts.bank.books.change_status(account.id, AccountStatus.CLOSED)
    else:
        payouts.bank.scratch.execute("UPDATE bankcore.accounts SET status = 'closed' WHERE id = %s", account.id)
