"""The two documents in which rates come: a list of many pairs, and the answer for one."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bankcore.clock import require_instant
from bankcore.errors import InvalidRequestError
from bankcore.fx.rates import CurrencyPair, ExchangeRate, FxUnavailableError, RateAsOf, RateProblem

DOCUMENT_BYTES_MAX: Final = 1_000_000
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,26}(?:Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII)


def _instant(text: str) -> str:
    if _INSTANT.fullmatch(text) is None:
        raise ValueError("a time is RFC 3339 with an offset")
    require_instant(datetime.fromisoformat(text), "/asOf")
    return text


_AsOf = Annotated[str, AfterValidator(_instant), Field(alias="asOf")]


class _Document(BaseModel):
    # Strict, because a number of JSON is read as a float, which is no exact rate.
    model_config = ConfigDict(strict=True, frozen=True)


class _RateList(_Document):
    as_of: _AsOf
    rates: Mapping[str, str]


class _SingleRate(_Document):
    as_of: _AsOf
    given: str = Field(alias="from")
    got: str = Field(alias="to")
    rate: str


def rate_listed(document: bytes, pair: CurrencyPair) -> RateAsOf:
    """The rate of the pair in a list such as `{"asOf": "2026-01-31T12:00:00Z", "rates": {"USD/NPR": "133.25"}}`.

    Raises:
        FxUnavailableError: it is no such list, or does not have the pair.
    """
    try:
        listed = _RateList.model_validate_json(document)
        text = listed.rates.get(str(pair))
        if text is not None:
            return RateAsOf(ExchangeRate.of(text), datetime.fromisoformat(listed.as_of))
    except (ValidationError, InvalidRequestError):
        raise FxUnavailableError.of(pair, RateProblem.WRONG_ANSWER) from None
    raise FxUnavailableError.of(pair, RateProblem.NO_SUCH_RATE)


def rate_answered(document: bytes, pair: CurrencyPair) -> RateAsOf:
    """The rate in an answer such as `{"from": "USD", "to": "NPR", "rate": "133.25", "asOf": "2026-01-31T12:00:00Z"}`.

    Raises:
        FxUnavailableError: it is no such answer, or one for another pair.
    """
    try:
        answered = _SingleRate.model_validate_json(document)
        if (answered.given, answered.got) == (pair.given.code, pair.got.code):
            return RateAsOf(ExchangeRate.of(answered.rate), datetime.fromisoformat(answered.as_of))
    except (ValidationError, InvalidRequestError):
        pass
    raise FxUnavailableError.of(pair, RateProblem.WRONG_ANSWER)
