"""The facts of refusals, which `error.details` holds: what type each has, and what it looks like."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from functools import cache
from types import NoneType
from typing import Any, Final, get_args, get_type_hints
from uuid import UUID

from bankcore.errors import BankcoreError
from bankcore.money import Money
from bankcore_http.answering.failures import SHOWN_ELSEWHERE
from bankcore_http.answering.members import ACCOUNT_ID_EXAMPLE, AMOUNT_PATTERN, INSTANT_EXAMPLE
from bankcore_http.answering.wire import camel_case

Schema = dict[str, object]

_SCHEMAS: Final[Mapping[object, Mapping[str, object]]] = {
    str: {"type": "string", "example": ""},
    int: {"type": "integer", "example": 1},
    UUID: {"type": "string", "format": "uuid", "example": ACCOUNT_ID_EXAMPLE},
    Money: {"type": "string", "pattern": AMOUNT_PATTERN, "example": "25.00"},
    datetime: {"type": "string", "format": "date-time", "example": INSTANT_EXAMPLE},
}
_EXAMPLES: Final[Mapping[str, object]] = {
    "actual": "USD",
    "advice": "the operator sets up a source of rates",
    "available": "10.00",
    "balance_max": "92233720368547758.07",
    "currency": "NPR",
    "expected": "NPR",
    "failed_because": "There is not enough money (available=10.00 NPR, needed=25.00 NPR)",
    "failed_code": "insufficient_funds",
    "failed_index": 3,
    "floor": "0.00",
    "idempotency_key": "5f3b6f0e-7f0c-4c4e-9a2b-2f8f6a1d9c11",
    "identifier": ACCOUNT_ID_EXAMPLE,
    "limit_bytes": 65_536,
    "offered": "application/json, text/html",
    "pair": "USD/NPR",
    "permission": "payments:read",
    "problem": "too_old",
    "resource": "account",
    "slug": "main",
    "source_id": "2026-01",
    "source_type": "invoice",
    "state": "frozen",
}


def details_schema(errors: Iterable[type[BankcoreError]]) -> Schema:
    """The schema of `error.details`: every fact that one of these errors has, and whose facts they are."""
    schemas: dict[str, Schema] = {}
    codes: dict[str, list[str]] = defaultdict(list)
    for error_type in errors:
        for name, schema in _facts_of(error_type).items():
            schemas[name] = {**schema, "type": _wider(schemas.get(name, schema)["type"], schema["type"])}
            codes[name].append(f"`{error_type.code}`")
    described = {name: {**schemas[name], "description": f"Of {', '.join(codes[name])}"} for name in sorted(schemas)}
    return {
        "type": "object",
        "description": "The facts of a refusal: which there are depends on its code.",
        "properties": described,
        "additionalProperties": True,
    }


def example_details(error_type: type[BankcoreError]) -> dict[str, object]:
    """What `error.details` of this error may look like."""
    return {name: schema["example"] for name, schema in _facts_of(error_type).items()}


def _wider(first: object, second: object) -> object:
    """The type of a fact that is null for some errors is that of both."""
    return first if isinstance(first, list) else second


def _facts_of(error_type: type) -> Mapping[str, Schema]:
    """The schemas of its facts by name. mypy takes a class of errors for one that cannot be hashed, but not a type."""
    return _schemas_of(error_type)


@cache
def _schemas_of(error_type: type) -> Mapping[str, Schema]:
    """Kept, because some forty errors are told of by each of the operations."""
    types = get_type_hints(error_type)
    names = [field.name for field in fields(error_type) if field.name not in SHOWN_ELSEWHERE]
    return {camel_case(name): _schema_of(name, types[name]) for name in names}


def _schema_of(name: str, declared: Any) -> Schema:
    """The schema of one fact; LookupError for a type that no fact had before."""
    choices = set(get_args(declared)) or {declared}
    (fact_type,) = choices - {NoneType}
    told = getattr(fact_type, "__supertype__", fact_type)
    # A word of an enumeration is a text.
    schema = dict(_SCHEMAS[str if issubclass(told, str) else told])
    schema["example"] = _EXAMPLES.get(name, schema["example"])
    return {**schema, "type": [schema["type"], "null"]} if NoneType in choices else schema
