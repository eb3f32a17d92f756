"""Python values on the wire: names in camelCase, money and times as strings, compact JSON."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import cache, singledispatch
from typing import Any, Final
from uuid import UUID

from flask.json.provider import DefaultJSONProvider

from bankcore.clock import instant_text
from bankcore.money import Currency, Money


@cache
def camel_case(name: str) -> str:
    """The wire name of a Python name: `transaction_id` -> `transactionId`."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


@singledispatch
def render_fact(value: object) -> object:
    """The JSON value for a type that JSON does not know; register another type to extend it.

    Raises:
        TypeError: this type has no form on the wire.
    """
    message = f"{type(value).__name__} has no form on the wire"
    raise TypeError(message)


@render_fact.register
def _(value: Money) -> str:
    return value.to_decimal_string()


@render_fact.register
def _(value: Currency) -> str:
    return value.code


@render_fact.register
def _(value: UUID) -> str:
    return str(value)


@render_fact.register
def render_instant(value: datetime) -> str:
    """An aware instant as RFC 3339 in UTC with microseconds and `Z`.

    Raises:
        ValueError: the instant has no offset from UTC.
    """
    if value.tzinfo is None:
        message = "a naive datetime is not an instant"
        raise ValueError(message)
    return instant_text(value)


@render_fact.register(frozenset)
@render_fact.register(set)
def _(value: frozenset[object] | set[object]) -> list[object]:
    return sorted(value, key=str)


_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=render_fact, check_circular=False
)

dump_json: Final[Callable[[object], str]] = _ENCODER.encode
"""Compact JSON text; one shared encoder, because building one for each answer costs more than a small answer itself."""


class CompactJsonProvider(DefaultJSONProvider):
    """Flask's JSON through the same encoder; reading goes through the strict loader, never through Flask."""

    sort_keys = False
    ensure_ascii = False
    compact: bool | None = True

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Compact JSON text; options such as `indent` fall back to Flask's encoder."""
        return dump_json(obj) if kwargs.keys() <= {"separators"} else super().dumps(obj, **kwargs)
