"""Types that accept one spelling of a value and refuse every other with a `ValueError`."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, NoReturn, TypeVar
from uuid import UUID

from pydantic import AfterValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from bankcore.texts import find_unseen
from bankcore_http.answering.members import ACCOUNT_ID_EXAMPLE, CURRENCY_PATTERN, INSTANT_EXAMPLE, Doc

# Longer than any possible amount; a longer one is reported as out of range by the domain.
_AMOUNT: Final = re.compile(r"(?:0|[1-9][0-9]{0,39})(?:\.[0-9]{1,4})?", re.ASCII)
_CURRENCY: Final = re.compile(CURRENCY_PATTERN, re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,24})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_WHOLE: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)

_INSTANT_EXPECTED: Final = "a time is RFC 3339 with an offset, such as 2026-01-31T12:00:00Z"
_PLUS_LOST: Final = f"{_INSTANT_EXPECTED}; in a query, a + is written %2B"
_MAX_METADATA_KEYS: Final = 32
_MAX_METADATA_KEY: Final = 64
_MAX_METADATA_VALUE: Final = 500

Value = TypeVar("Value")
Word = TypeVar("Word", bound=StrEnum)


class WrongMembersError(ValueError):
    """Several members of one object are wrong; `problems` has the problem of each key."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("several members are wrong")
        self.problems = problems


class Spelling:
    """How one value is read, and how the document shows it."""

    def __init__(self, read: Callable[[object], object], **shown: object) -> None:
        """`read` gives the value, or raises a `ValueError` with a text for the client."""
        self.read = read
        self._shown = shown

    def __get_pydantic_core_schema__(self, _type: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema that reads with this function alone."""
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The schema that the document shows."""
        return dict(self._shown)


class _LeftOut:
    """Lets a member be left out, which is None in Python; `null` on the wire is refused."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema of the value without its null."""
        nullable = handler(source)
        inner: CoreSchema = nullable["schema"]
        return inner


Omissible = Annotated[Value | None, _LeftOut()]
"""`name: Omissible[Reference] = None`."""


def _refuse(expected: str) -> NoReturn:
    raise ValueError(expected)


def _spelled(value: object, pattern: re.Pattern[str], expected: str) -> str:
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        _refuse(expected)
    return value


def _read_amount(value: object) -> str:
    return _spelled(value, _AMOUNT, 'an amount is a decimal string such as "100.50"')


def _read_currency(value: object) -> str:
    return _spelled(value, _CURRENCY, "a currency is three capital letters such as NPR")


def _read_uuid(value: object) -> UUID:
    return UUID(_spelled(value, _UUID, "an id is a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057"))


def _read_instant(value: object) -> datetime:
    # In a query a plus stands for a space.
    is_plus_lost = isinstance(value, str) and _INSTANT.fullmatch(value.replace(" ", "+")) is not None
    text = _spelled(value, _INSTANT, _PLUS_LOST if is_plus_lost else _INSTANT_EXPECTED)
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        _refuse(_INSTANT_EXPECTED)


def _read_metadata(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > _MAX_METADATA_KEYS:
        _refuse(f"an object of at most {_MAX_METADATA_KEYS} keys")
    wrong = {key: problem for key, item in value.items() if (problem := _metadata_problem(key, item)) is not None}
    if wrong:
        raise WrongMembersError(wrong)
    return value


def _metadata_problem(key: str, item: object) -> str | None:
    if not 1 <= len(key) <= _MAX_METADATA_KEY or find_unseen(key) or not key.strip():
        return f"a key has 1 to {_MAX_METADATA_KEY} visible characters"
    if not isinstance(item, str) or len(item) > _MAX_METADATA_VALUE:
        return f"a value is a text of at most {_MAX_METADATA_VALUE} characters"
    return find_unseen(item)


def text(high: int, *, low: int = 1) -> Spelling:
    """A text of `low` to `high` visible characters that is not blank."""

    def read(value: object) -> str:
        if not isinstance(value, str) or not low <= len(value) <= high:
            _refuse(f"a text of {low} to {high} characters")
        problem = find_unseen(value) or (None if value.strip() else "it is blank")
        if problem is not None:
            _refuse(f"a text of visible characters, and not blank: {problem}")
        return value

    return Spelling(read, type="string", minLength=low, maxLength=high)


def pattern_text(pattern: re.Pattern[str], expected: str) -> Spelling:
    """A text that the pattern matches whole."""

    def read(value: object) -> str:
        return _spelled(value, pattern, expected)

    return Spelling(read, type="string", pattern=f"^{pattern.pattern}$")


def query_number(low: int, high: int) -> Spelling:
    """A whole number spelled in ASCII digits, as a query has it."""

    def read(value: object) -> int:
        number = int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else None
        if number is None or not low <= number <= high:
            _refuse(f"a whole number from {low} to {high}")
        return number

    return Spelling(read, type="integer", minimum=low, maximum=high)


def whole_number(low: int, high: int) -> Spelling:
    """A whole number as JSON has it."""

    def read(value: object) -> int:
        # A truth value is a number to Python, and none on the wire.
        if type(value) is not int or not low <= value <= high:
            _refuse(f"a whole number from {low} to {high}")
        return value

    return Spelling(read, type="integer", minimum=low, maximum=high)


def word_of(words: type[Word], expected: str | None = None) -> Spelling:
    """One of these words."""
    told = expected or f"Must be one of: {', '.join(words)}."

    def read(value: object) -> Word:
        if not isinstance(value, str):
            _refuse("Not a valid string.")
        try:
            return words(value)
        except ValueError:
            _refuse(told)

    return Spelling(read, type="string", enum=list(words))


def at_most(number: int) -> tuple[AfterValidator, Doc]:
    """A list of at most that many values."""

    def require(values: list[Value]) -> list[Value]:
        if len(values) > number:
            _refuse(f"Longer than maximum length {number}.")
        return values

    return AfterValidator(require), Doc(maxItems=number)


AmountString = Annotated[str, Spelling(_read_amount, type="string", pattern=f"^{_AMOUNT.pattern}$", example="100.50")]
"""A decimal string such as `"100.50"`; the domain checks the decimals of the currency."""

CurrencyCode = Annotated[str, Spelling(_read_currency, type="string", pattern=f"^{CURRENCY_PATTERN}$", example="NPR")]
"""Three capital letters; the domain checks whether ISO 4217 knows them."""

Uuid = Annotated[UUID, Spelling(_read_uuid, type="string", format="uuid")]
"""A UUID in its one hyphenated form of 36 characters."""

AccountUuid = Annotated[Uuid, Doc(example=ACCOUNT_ID_EXAMPLE)]

Instant = Annotated[datetime, Spelling(_read_instant, type="string", format="date-time", example=INSTANT_EXAMPLE)]
"""An RFC 3339 instant with an offset or `Z`; an aware UTC `datetime` in Python, cut to microseconds."""

Reference = Annotated[str, text(140)]
"""What a payment is for, in the payer's words: 1 to 140 characters."""

Metadata = Annotated[
    dict[str, str],
    Spelling(
        _read_metadata,
        type="object",
        maxProperties=_MAX_METADATA_KEYS,
        propertyNames={"minLength": 1, "maxLength": _MAX_METADATA_KEY},
        additionalProperties={"type": "string", "maxLength": _MAX_METADATA_VALUE},
        example={"invoice": "2026-01"},
    ),
]
"""An object of texts for the caller's own use: at most 32 keys of 64 characters, values of 500."""
