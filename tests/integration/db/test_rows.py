"""Rows as parameters: what was sent comes back, in whichever form so many rows are sent."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection

from bankcore_infra.db.exchange import Exchange, Sent, Statement
from bankcore_infra.db.rows import BYTES, ID, INSTANT, JSON, NUMBER, TEXT, Row, RowStatement
from tests.worlds.sql_bank import APP, ScratchDatabase

KINDS = [ID, NUMBER, INSTANT, TEXT, JSON, BYTES]
ECHO = RowStatement("SELECT $1::text, new.* FROM {rows} AS new (a, b, c, d, e, f) ORDER BY b", KINDS)
UUID_MAX = UUID(int=2**128 - 1)
EAST = timezone(timedelta(hours=5, minutes=45))
SOME: list[Row] = [
    (
        UUID_MAX,
        -(2**63),
        datetime(1, 1, 1, tzinfo=UTC),
        "it's {rows} $1 \\ \U0001f600",
        '{"a": "\\u0930"}',
        b"\x00\xff",
    ),
    (None, -1, None, None, None, b""),
    (UUID(int=0), 0, datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "", "[]", b"x" * 10_000),
    (UUID(int=7), 2**63 - 1, datetime(2026, 1, 31, 12, tzinfo=EAST), "NULL", "null", b"NULL"),
]


@pytest.fixture
def driver(scratch: ScratchDatabase) -> Iterator[Connection[Any]]:
    with psycopg.connect(scratch.url(APP), prepare_threshold=None) as connection:
        yield connection


def echo(driver: Connection[Any], prepared: set[bytes] | None, sent: Sent) -> list[tuple[Any, ...]]:
    together = Exchange(driver, prepared)
    together.send(Sent(Statement("SET TIME ZONE 'UTC'")))
    together.send(sent)
    return together.finish()[1]


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("is_prepared", [True, False])
def test_rows_arrive_as_they_are_however_many(driver: Connection[Any], number: int, *, is_prepared: bool) -> None:
    answers = echo(driver, set() if is_prepared else None, ECHO.on(SOME[:number], "other"))

    read: dict[str | None, object] = {None: None, '{"a": "\\u0930"}': {"a": "\u0930"}, "[]": [], "null": None}
    assert answers == [("other", a, b, c, d, read[e], f) for a, b, c, d, e, f in SOME[:number]]


def test_few_rows_are_values_and_many_are_arrays() -> None:
    texts = [ECHO.on(SOME[:number], "other").statement.text for number in (1, 2, 3, 4)]

    assert [text.count(b"unnest") for text in texts] == [0, 0, 1, 1]
    assert texts[2] == texts[3]
    assert [len(ECHO.on(SOME[:number], "other").parameters) for number in (1, 2, 3, 4)] == [7, 13, 7, 7]


def test_a_row_of_another_width_is_an_error_of_the_program() -> None:
    for rows in ([SOME[0][:5]], [SOME[0][:5]] * 3):
        with pytest.raises(ValueError, match="zip"):
            ECHO.on(rows, "other")
