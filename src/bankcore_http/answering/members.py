"""The types of members of answers: a `TypedDict` of them declares an answer, for mypy and for the document."""

from typing import Annotated, Any, Final

from pydantic import GetJsonSchemaHandler

INT64_MAX: Final = 2**63 - 1
CURRENCY_PATTERN: Final = "[A-Z]{3}"
AMOUNT_PATTERN: Final = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"


COMPONENT: Final = "x-component"
"""Marks a reference to a component, because pydantic takes references only to its own definitions."""


class Doc:
    """Adds members of JSON Schema to a type in the document: `Annotated[str, Doc(format="uuid")]`."""

    def __init__(self, **shown: object) -> None:
        self._shown = shown

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The schema of the type with these members."""
        return {**handler(core_schema), **self._shown}


class Component(Doc):
    """A component of the document that no class declares, by its name."""

    def __init__(self, name: str) -> None:
        super().__init__(**{COMPONENT: name})


class Word(Doc):
    """One of a few words; the first is the example."""

    def __init__(self, *words: str) -> None:
        super().__init__(enum=list(words), example=words[0])


ACCOUNT_ID_EXAMPLE: Final = "019c1406-3400-7000-8000-000000000001"
OTHER_ACCOUNT_ID_EXAMPLE: Final = "019c1406-3400-7000-8000-000000000002"
NUMBER_EXAMPLE: Final = "1000000000000038"
INSTANT_EXAMPLE: Final = "2026-01-31T12:00:00.000000Z"
REQUEST_ID_EXAMPLE: Final = "request-0001"
HASH_EXAMPLE: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
REFERENCE_EXAMPLE: Final = "Rent January"

ErrorCode = Annotated[str, Component("ErrorCode")]
ErrorDetails = Annotated[dict[str, object], Component("ErrorDetails")]
Id = Annotated[str, Doc(format="uuid")]
AccountId = Annotated[Id, Doc(example=ACCOUNT_ID_EXAMPLE)]
OtherAccountId = Annotated[Id, Doc(example=OTHER_ACCOUNT_ID_EXAMPLE)]
TransactionId = Annotated[Id, Doc(example="019c1406-3400-7000-8000-0000000000aa")]
OtherTransactionId = Annotated[Id, Doc(example="019c1406-3400-7000-8000-0000000000ab")]
QuoteId = Annotated[Id, Doc(example="019c1406-3400-7000-8000-0000000000f1")]
PayoutId = Annotated[Id, Doc(example="019c1406-3400-7000-8000-0000000000b1")]
EventId = Annotated[Id, Doc(example="019c1406-3400-7000-8000-0000000000ee")]

Instant = Annotated[str, Doc(format="date-time", example=INSTANT_EXAMPLE)]
Currency = Annotated[str, Doc(pattern=f"^{CURRENCY_PATTERN}$", example="NPR")]
Amount = Annotated[str, Doc(pattern=AMOUNT_PATTERN, example="1000.00")]
"""A decimal string with exactly the currency's decimals, below zero with a minus sign."""
Hash = Annotated[str, Doc(description="In hex", example=HASH_EXAMPLE)]
Reference = Annotated[str, Doc(example=REFERENCE_EXAMPLE)]
Number = Annotated[str, Doc(example=NUMBER_EXAMPLE)]
"""The number by which people know an account."""

Count = Annotated[int, Doc(minimum=0, maximum=INT64_MAX)]
Ordinal = Annotated[int, Doc(minimum=1, maximum=INT64_MAX)]
