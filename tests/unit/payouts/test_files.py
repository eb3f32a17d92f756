"""Rows out of files: CSV as spreadsheets write it, and NDJSON."""

import json
from io import StringIO

import pytest

from bankcore.payouts.files import PayoutFormat, read_rows
from bankcore.payouts.rows import InvalidRowsError, PayoutRow, RowField, RowProblem


def csv_rows(text: str) -> list[PayoutRow]:
    return read_rows(StringIO(text, newline=""), PayoutFormat.CSV)


def problems(text: str, form: PayoutFormat) -> list[RowProblem]:
    with pytest.raises(InvalidRowsError) as caught:
        read_rows(StringIO(text, newline=""), form)
    return list(caught.value.problems)


def test_a_file_of_a_spreadsheet_is_read_with_its_columns_in_any_order() -> None:
    text = '\ufeffAmount, account ,reference,currency\r\n10.50,1234 5678,"Wage, January",\r\n\r\n1,99,,NPR\r\n'

    assert csv_rows(text) == [
        PayoutRow(2, "1234 5678", "10.50", None, "Wage, January"),
        PayoutRow(4, "99", "1", "NPR"),
    ]
    assert csv_rows("account,amount\n") == csv_rows("") == []


@pytest.mark.parametrize("header", ["account", "account,amount,account", "account,amount,iban", "1,2"])
def test_the_header_names_the_columns(header: str) -> None:
    (problem,) = problems(f"{header}\n1,2\n", PayoutFormat.CSV)

    assert (problem.line, problem.field) == (1, None)


def test_every_line_that_cannot_be_read_is_told() -> None:
    told = problems("account,amount\n1\n1,2,3\n,2\n1,\n1,2\n", PayoutFormat.CSV)

    assert [(problem.line, problem.field) for problem in told] == [
        (2, None),
        (3, None),
        (4, RowField.ACCOUNT),
        (5, RowField.AMOUNT),
    ]


def test_a_quotation_mark_that_does_not_end_is_told() -> None:
    (problem,) = problems('account,amount\n1,"2\n', PayoutFormat.CSV)

    assert problem.field is None


def test_ndjson_has_an_object_a_line() -> None:
    lines = [{"account": "1", "amount": "2.50"}, {"reference": "r", "currency": "NPR", "amount": "3", "account": "4"}]
    text = "\n\n".join(map(json.dumps, lines))

    assert read_rows(StringIO(text), PayoutFormat.NDJSON) == [
        PayoutRow(1, "1", "2.50"),
        PayoutRow(3, "4", "3", "NPR", "r"),
    ]


def test_every_object_that_is_no_row_is_told() -> None:
    text = """[]
{"account": "1"}
{"account": "1", "amount": 2.5}
{"account": "1", "amount": "1", "account": "2"}
{"account": "1", "amount": "1", "iban": "2"}
{"account": "1", "amount": "1", "reference": 7}
{"account":
"""

    assert [(problem.line, problem.field) for problem in problems(text, PayoutFormat.NDJSON)] == [
        (1, None),
        (2, RowField.AMOUNT),
        (3, RowField.AMOUNT),
        (4, None),
        (5, None),
        (6, RowField.REFERENCE),
        (7, None),
    ]
