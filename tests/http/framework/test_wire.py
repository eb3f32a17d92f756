"""Values look the same everywhere on the wire, and what nobody gave a form to has none."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, ClassVar
from uuid import UUID

import pytest
from flask import Flask
from pydantic import ValidationError

from bankcore.errors import BankcoreError
from bankcore.money import Currency, Money
from bankcore_http.answering.errors import InvalidFieldsError, error_entry
from bankcore_http.answering.wire import CompactJsonProvider, camel_case, dump_json, render_instant
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading.fields import Instant, Omissible, query_number, text
from bankcore_http.reading.shapes import BodyShape

KATHMANDU = timezone(timedelta(hours=5, minutes=45))


@pytest.mark.parametrize(
    ("name", "shown"), [("amount", "amount"), ("account_id", "accountId"), ("retry_after_s", "retryAfterS")]
)
def test_names_are_in_camel_case(name: str, shown: str) -> None:
    assert camel_case(name) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Money.of("10.00", "NPR"), "10.00"),
        (Money.of("7", "JPY"), "7"),
        (Currency.of("KWD"), "KWD"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (datetime(2026, 1, 31, 5, 45, tzinfo=KATHMANDU), "2026-01-31T00:00:00.000000Z"),
        (frozenset({"b", "a"}), ["a", "b"]),
    ],
)
def test_a_value_that_json_does_not_know_has_one_form(value: object, shown: object) -> None:
    assert json.loads(dump_json({"value": [value]})) == {"value": [shown]}


def test_a_value_without_a_form_is_a_defect() -> None:
    with pytest.raises(TypeError, match="object has no form on the wire"):
        dump_json(object())


def test_a_naive_time_and_a_number_that_is_none_are_defects() -> None:
    with pytest.raises(ValueError, match="naive"):
        dump_json(datetime(2026, 1, 31))  # noqa: DTZ001 - the defect itself
    with pytest.raises(ValueError, match="not JSON compliant"):
        dump_json(float("nan"))


def test_flask_writes_json_through_the_same_encoder() -> None:
    provider = CompactJsonProvider(Flask("x"))

    assert provider.dumps({"b": 1, "a": UUID(int=1)}) == '{"b":1,"a":"00000000-0000-0000-0000-000000000001"}'
    assert provider.dumps({"a": 1}, indent=1) == '{\n "a": 1\n}'


class Everything(BodyShape):
    number: Omissible[Annotated[int, query_number(0, 100)]] = None
    address: Omissible[Annotated[str, text(20)]] = None
    at: Omissible[Instant] = None


@pytest.mark.parametrize("value", ["101", "-1", "1.0", "01", "\u0661", 7, True, None])
def test_a_query_number_is_spelled_in_digits_and_within_its_bounds(value: object) -> None:
    assert Everything.read({"number": "0"}).number == 0
    with pytest.raises(InvalidFieldsError):
        Everything.read({"number": value})


def test_a_text_may_be_in_any_script() -> None:
    address = "\u0918\u0930 \u092d\u093e\u0921\u093e \U0001f3e0"

    assert Everything.read({"address": address}).address == address


def test_an_instant_is_read_from_any_offset_and_written_in_utc() -> None:
    read = Everything.read({"at": "2026-01-31T05:45:00.5+05:45"}).at

    assert read == datetime(2026, 1, 31, 0, 0, 0, 500_000, tzinfo=UTC)
    assert read.tzinfo is UTC
    assert render_instant(read) == "2026-01-31T00:00:00.500000Z"


def test_a_shape_that_was_read_never_changes() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Everything.read({}).number = 7


def test_a_view_that_does_not_say_its_response_is_a_defect() -> None:
    blueprint = Blueprint("x", url_prefix="/v1/x")

    with pytest.raises(TypeError, match="does not say its response"):
        blueprint.route("/")(lambda: None)
    with pytest.raises(TypeError, match="a view is a function"):
        blueprint.add_url_rule("/", view_func=dict)


def test_an_error_outside_every_branch_is_a_defect() -> None:
    @dataclass(eq=True, unsafe_hash=True, kw_only=True)
    class NobodyKnowsError(BankcoreError):
        code: ClassVar[str] = "nobody_knows"

    with pytest.raises(LookupError):
        error_entry(NobodyKnowsError)
