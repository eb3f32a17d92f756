"""Fields that take one spelling of a value and refuse every other."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from marshmallow import ValidationError, fields
from typing_extensions import override

from bankcore.texts import find_unseen
from bankcore_http.answering.wire import render_instant

# Longer than any amount that there is, which is then told as an amount out of range.
_AMOUNT: Final = re.compile(r"(?:0|[1-9][0-9]{0,39})(?:\.[0-9]{1,4})?", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,24})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_WHOLE: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)

_INSTANT_EXPECTED: Final = "a time is RFC 3339 with an offset, such as 2026-01-31T12:00:00Z"
_PLUS_LOST: Final = f"{_INSTANT_EXPECTED}; in a query, a + is written %2B"
_FLAG_EXPECTED: Final = "true or false"
_TEXT_EXPECTED: Final = "a text of visible characters, and not blank"
_MAX_METADATA_KEYS: Final = 32
_MAX_METADATA_KEY: Final = 64
_MAX_METADATA_VALUE: Final = 500


class AmountString(fields.Field[str]):
    """A decimal string such as `"100.50"`; how many decimals the currency has is the domain's to check."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**_documented(options, type="string", pattern=f"^{_AMOUNT.pattern}$", example="100.50"))

    @override
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_rest: Any) -> str:
        return _spelled(value, _AMOUNT, 'an amount is a decimal string such as "100.50"')


class SignedAmount(fields.Field[str]):
    """A decimal string with exactly the currency's decimals, below zero with a minus sign; shown, never taken."""

    def __init__(self, *, example: str, **options: Any) -> None:
        shown = {"type": "string", "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$", "example": example}
        super().__init__(metadata=shown, **options)


class CurrencyCode(fields.Field[str]):
    """Three capital letters; whether ISO 4217 knows them is the domain's to check."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**_documented(options, type="string", pattern=f"^{_CURRENCY.pattern}$", example="NPR"))

    @override
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_rest: Any) -> str:
        return _spelled(value, _CURRENCY, "a currency is three capital letters such as NPR")


class Uuid(fields.Field[UUID]):
    """A UUID in its one hyphenated form of 36 characters; a `UUID` in Python."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**_documented(options, type="string", format="uuid"))

    @override
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_rest: Any) -> UUID:
        return UUID(_spelled(value, _UUID, "an id is a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057"))


class Instant(fields.Field[datetime]):
    """An RFC 3339 instant with an offset or `Z`; an aware UTC `datetime` in Python, cut to microseconds."""

    def __init__(self, **options: Any) -> None:
        shown = {"type": "string", "format": "date-time", "example": "2026-01-31T12:00:00.000000Z"}
        super().__init__(**_documented(options, **shown))

    @override
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_rest: Any) -> datetime:
        # A query is decoded as a form, in which a plus is a space.
        is_plus_lost = isinstance(value, str) and _INSTANT.fullmatch(value.replace(" ", "+")) is not None
        text = _spelled(value, _INSTANT, _PLUS_LOST if is_plus_lost else _INSTANT_EXPECTED)
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValidationError(_INSTANT_EXPECTED) from None

    @override
    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **_rest: Any) -> str | None:
        return None if value is None else render_instant(value)


class WholeNumber(fields.Field[int]):
    """A JSON integer within bounds; never `true`, `1.0` or `"1"`."""

    def __init__(self, *, low: int, high: int, **options: Any) -> None:
        super().__init__(**_documented(options, type="integer", minimum=low, maximum=high))
        self.low, self.high = low, high

    @override
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_rest: Any) -> int:
        if type(value) is not int or not self.low <= value <= self.high:
            message = f"a whole number from {self.low} to {self.high}"
            raise ValidationError(message)
        return value


class QueryNumber(WholeNumber):
    """A whole number spelled in ASCII digits, as a query has it."""

    @override
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> int:
        spelled = isinstance(value, str) and _WHOLE.fullmatch(value) is not None
        return super()._deserialize(int(value) if spelled else None, attr, data, **rest)


class Flag(fields.Field[bool]):
    """JSON `true` or `false`; nothing else counts as either."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**_documented(options, type="boolean"))

    @override
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_rest: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(_FLAG_EXPECTED)
        return value


class Text(fields.Field[str]):
    """A text of `low` to `high` characters that can be seen, and not blank."""

    def __init__(self, *, low: int = 1, high: int, **options: Any) -> None:
        super().__init__(**_documented(options, type="string", minLength=low, maxLength=high))
        self.low, self.high = low, high

    @override
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_rest: Any) -> str:
        if not isinstance(value, str) or not self.low <= len(value) <= self.high:
            message = f"a text of {self.low} to {self.high} characters"
            raise ValidationError(message)
        problem = find_unseen(value) or (None if value.strip() else "it is blank")
        if problem is not None:
            raise ValidationError(f"{_TEXT_EXPECTED}: {problem}")
        return value


class Reference(Text):
    """What a payment is for, in the payer's words: 1 to 140 characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(high=140, **options)


class Metadata(fields.Field[dict[str, str]]):
    """An object of texts for the caller's own use: at most 32 keys of 64 characters, values of 500."""

    def __init__(self, **options: Any) -> None:
        shown = {
            "type": "object",
            "maxProperties": _MAX_METADATA_KEYS,
            "propertyNames": {"minLength": 1, "maxLength": _MAX_METADATA_KEY},
            "additionalProperties": {"type": "string", "maxLength": _MAX_METADATA_VALUE},
        }
        super().__init__(**_documented(options, **shown))

    @override
    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_rest: Any
    ) -> dict[str, str]:
        if not isinstance(value, dict) or len(value) > _MAX_METADATA_KEYS:
            message = f"an object of at most {_MAX_METADATA_KEYS} keys"
            raise ValidationError(message)
        wrong = {key: [problem] for key, item in value.items() if (problem := _metadata_problem(key, item)) is not None}
        if wrong:
            raise ValidationError(wrong)
        return value


def _metadata_problem(key: str, item: object) -> str | None:
    if not 1 <= len(key) <= _MAX_METADATA_KEY or find_unseen(key) or not key.strip():
        return f"a key has 1 to {_MAX_METADATA_KEY} visible characters"
    if not isinstance(item, str) or len(item) > _MAX_METADATA_VALUE:
        return f"a value is a text of at most {_MAX_METADATA_VALUE} characters"
    return find_unseen(item)


def _documented(options: dict[str, Any], **shown: object) -> dict[str, Any]:
    return {**options, "metadata": {**shown, **options.get("metadata", {})}}


def _spelled(value: object, pattern: re.Pattern[str], expected: str) -> str:
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise ValidationError(expected)
    return value
