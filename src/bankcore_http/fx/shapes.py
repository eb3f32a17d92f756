"""What the routes of FX take and show."""

from typing import Annotated, Final

from typing_extensions import TypedDict

from bankcore.errors import InvalidRequestError
from bankcore.fx.give_quote import RequestQuote
from bankcore.fx.quotes import FxQuote, QuoteAsOf, QuoteStatus
from bankcore.fx.rates import RateProblem
from bankcore.fx.value_positions import FxPosition, PositionReport
from bankcore.money import Currency, Money, format_minor
from bankcore_http.answering import members
from bankcore_http.answering.members import AMOUNT_PATTERN, Doc, Word
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading.fields import AmountString, CurrencyCode, Omissible
from bankcore_http.reading.shapes import BodyShape, QueryShape

_GIVEN: Final = "USD"

_Rate = Annotated[str, Doc(pattern=AMOUNT_PATTERN, example="133.25")]
_FromAmount = Annotated[members.Amount, Doc(example="100.00")]
_ToAmount = Annotated[members.Amount, Doc(example="13325.00")]
_GivenCurrency = Annotated[members.Currency, Doc(example=_GIVEN)]
_Problem = Annotated[str, Doc(enum=list(RateProblem), example=RateProblem.TOO_OLD.value)]


class QuoteBody(BodyShape):
    """What is to be changed into what."""

    from_currency: Annotated[CurrencyCode, Doc(example=_GIVEN)]
    to_currency: CurrencyCode
    from_amount: Annotated[AmountString, Doc(description="More than zero, at most the currency's decimals")]

    def command(self, key: str) -> RequestQuote:
        """The command; InvalidRequestError or AmountOutOfRangeError, pointing to the member that is wrong."""
        given = _currency(self.from_currency, "/fromCurrency")
        into = _currency(self.to_currency, "/toCurrency")
        try:
            amount = Money.of(self.from_amount, given)
        except InvalidRequestError as error:
            raise InvalidRequestError(pointer="/fromAmount", detail=error.detail) from None
        return RequestQuote(amount, into, idempotency_key=key)


class PositionsQuery(QueryShape):
    """In which currency positions are valued."""

    currency: Annotated[Omissible[CurrencyCode], Doc(description="By default that of the settings")] = None

    def into(self) -> Currency | None:
        """The currency, if one is named; InvalidRequestError."""
        return None if self.currency is None else _currency(self.currency, "/query/currency")


class QuoteShape(TypedDict):
    """What is got for an amount, and for how much longer."""

    id: members.QuoteId
    fromCurrency: _GivenCurrency
    toCurrency: members.Currency
    rate: Annotated[_Rate, Doc(description="Exact: units of `toCurrency` for one of `fromCurrency`")]
    fromAmount: _FromAmount
    toAmount: _ToAmount
    expiresAt: members.Instant
    secondsRemaining: Annotated[members.Count, Doc(example=60)]
    status: Annotated[str, Word(*QuoteStatus)]


class PositionShape(TypedDict):
    """What the bank holds of a currency because of exchanges; `problem` says why it has no value now."""

    currency: _GivenCurrency
    balance: _FromAmount
    rate: _Rate | None
    value: _ToAmount | None
    problem: _Problem | None


class PositionReportShape(TypedDict):
    """All positions, valued at present rates; `total` is gain or loss, null where a value is missing."""

    currency: members.Currency
    at: members.Instant
    positions: list[PositionShape]
    total: Annotated[members.Amount, Doc(example="-1.27")] | None


def present_quote(found: QuoteAsOf) -> QuoteShape:
    """A quote as it was at that instant."""
    quote, now = found
    return {
        "id": str(quote.id),
        "fromCurrency": quote.pair.given.code,
        "toCurrency": quote.pair.got.code,
        "rate": str(quote.rate),
        "fromAmount": quote.from_amount.to_decimal_string(),
        "toAmount": quote.to_amount.to_decimal_string(),
        "expiresAt": render_instant(quote.expires_at),
        "secondsRemaining": quote.seconds_remaining_at(now),
        "status": quote.status_at(now).value,
    }


def present_new_quote(quote: FxQuote) -> QuoteShape:
    """A quote at the moment when it was given."""
    return present_quote(QuoteAsOf(quote, quote.created_at))


def present_report(report: PositionReport) -> PositionReportShape:
    """The positions with their values."""
    exponent, total_minor = report.currency.exponent, report.total_minor
    return {
        "currency": report.currency.code,
        "at": render_instant(report.at),
        "positions": [_present_position(position, report.currency) for position in report.positions],
        "total": None if total_minor is None else format_minor(total_minor, exponent),
    }


def _present_position(position: FxPosition, into: Currency) -> PositionShape:
    value_minor = position.value_minor
    return {
        "currency": position.currency.code,
        "balance": format_minor(position.balance_minor, position.currency.exponent),
        "rate": None if position.rate is None else str(position.rate),
        "value": None if value_minor is None else format_minor(value_minor, into.exponent),
        "problem": None if position.problem is None else position.problem.value,
    }


def _currency(code: str, pointer: str) -> Currency:
    try:
        return Currency.of(code)
    except InvalidRequestError as error:
        raise InvalidRequestError(pointer=pointer, detail=error.detail) from None
