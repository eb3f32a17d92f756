"""Packed arrays: what arrives in PostgreSQL is what was packed, whatever it is."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from psycopg import Connection

from bankcore.money import MINOR_MAX
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Exchange, Sent, Statement
from tests.worlds.sql_bank import APP, ScratchDatabase

TEXTS = some.text(some.characters(exclude_characters="\0", exclude_categories=["Cs"]))
HOSTILE = ["", "NULL", "null", '"', "\\", "{}", "{a,b}", "'; DROP TABLE accounts; --", "é\U0001f600\n\t", " "]
INSTANTS = some.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - the time zone is another parameter
    max_value=datetime(2900, 1, 1),  # noqa: DTZ001 - as above
    timezones=some.just(UTC),
)


@pytest.fixture
def driver(scratch: ScratchDatabase) -> Iterator[Connection]:
    with psycopg.connect(scratch.url(APP)) as connection:
        yield connection


def echo(driver: Connection, kind: str, packed: arrays.Packed) -> list[object]:
    """The array by both ways in which parameters are sent; they agree."""
    exchange = Exchange(driver, None)
    exchange.send(Sent(Statement(f"SELECT $1::{kind}[]"), (packed,)))
    ((sent,),) = exchange.finish()[0]
    row = driver.execute(f"SELECT %s::{kind}[]", (packed,)).fetchone()
    assert row == (sent,)
    return list(sent)


anything = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@anything
@given(values=some.lists(TEXTS | some.none()))
def test_texts(driver: Connection, values: Sequence[str | None]) -> None:
    assert echo(driver, "text", arrays.texts(values)) == values


def test_hostile_texts(driver: Connection) -> None:
    assert echo(driver, "text", arrays.texts(HOSTILE)) == HOSTILE


def test_texts_that_repeat(driver: Connection) -> None:
    values = ["a", "a", None, None, "b", "a", None, "a"]

    assert echo(driver, "text", arrays.texts(values)) == values


@anything
@given(values=some.lists(some.uuids() | some.none()))
def test_uuids(driver: Connection, values: Sequence[UUID | None]) -> None:
    known = [value for value in values if value is not None]

    assert echo(driver, "uuid", arrays.optional_uuids(values)) == values
    assert echo(driver, "uuid", arrays.uuids(known)) == known


@anything
@given(values=some.lists(some.integers(-MINOR_MAX - 1, MINOR_MAX) | some.none()))
def test_integers(driver: Connection, values: Sequence[int | None]) -> None:
    assert echo(driver, "bigint", arrays.integers(values)) == values


@anything
@given(values=some.lists(some.binary()))
def test_byte_strings(driver: Connection, values: Sequence[bytes]) -> None:
    assert echo(driver, "bytea", arrays.byte_strings(values)) == values


@anything
@given(values=some.lists(INSTANTS | some.none()))
def test_instants(driver: Connection, values: Sequence[datetime | None]) -> None:
    assert echo(driver, "timestamptz", arrays.instants(values)) == values


def test_an_instant_of_another_time_zone_is_the_same_instant(driver: Connection) -> None:
    nepal = timezone(timedelta(hours=5, minutes=45))
    noon = datetime(2026, 1, 31, 12, 0, 0, 1, tzinfo=nepal)

    assert echo(driver, "timestamptz", arrays.instants([noon])) == [noon]


def test_arrays_inside_a_column(driver: Connection) -> None:
    ids = [UUID(int=1), UUID(int=2**128 - 1)]
    row = driver.execute(
        "SELECT ids::uuid[] FROM unnest(%s::text[]) AS new (ids)", (arrays.texts([arrays.uuids_as_text(ids)]),)
    ).fetchone()

    assert row == (ids,)
