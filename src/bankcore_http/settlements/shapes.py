"""What the route of settlement files takes and shows."""

from typing import Annotated, ClassVar, Final

from typing_extensions import TypedDict

from bankcore.documents.bank_statements import Unreadable
from bankcore.errors import InvalidRequestError
from bankcore.settlements.columns import COLUMNS
from bankcore.settlements.comparing import Comparison
from bankcore.settlements.lines import BookedPayment, Difference, LineKind, Period, SettlementLine
from bankcore.settlements.reader import read_settlement
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc, Word
from bankcore_http.reading.fields import Instant, Omissible
from bankcore_http.reading.shapes import BodyShape
from bankcore_http.reading.statement_text import CONTENT_BYTES_MAX, FileText, wrong_lines

_ATTEMPT: Final = "019c1406-3400-7000-8000-0000000000d2"
_CONTENT: Final = f"Reference,Amount Paid,Paystack Fee,Amount Due,Currency\n{_ATTEMPT},150.00,2.25,147.75,NGN\n"
_BEGIN: Final = "2026-01-01T00:00:00Z"
_END: Final = "2026-02-01T00:00:00Z"
_PAYMENT: Final = "019c1406-3400-7000-8000-0000000000d1"


class SettlementFileBody(BodyShape):
    """A provider's settlement file. With a period, payments that were booked in it and are not in the file are told."""

    longest_bytes: ClassVar[int] = CONTENT_BYTES_MAX

    content: Annotated[FileText, Doc(description="The CSV file as text", example=_CONTENT)]
    period_from: Annotated[
        Omissible[Instant], Doc(description="Begin of the period", example="2026-01-01T00:00:00Z")
    ] = None
    period_to: Annotated[
        Omissible[Instant], Doc(description="Its end, which is not in it", example="2026-02-01T00:00:00Z")
    ] = None

    @property
    def period(self) -> Period | None:
        """The period, if one is wanted. Raises: InvalidRequestError: it is half of one, or ends before it begins."""
        if self.period_from is None and self.period_to is None:
            return None
        if self.period_from is None or self.period_to is None or self.period_from >= self.period_to:
            detail = "begin and end are given together, and the begin is before the end"
            raise InvalidRequestError(pointer="/periodTo", detail=detail)
        return Period(self.period_from, self.period_to)

    def lines_of(self, provider: str) -> tuple[SettlementLine, ...]:
        """The lines of the file. Raises: InvalidRequestError: each wrong line is named, or nobody knows such files."""
        columns = COLUMNS.get(provider)
        if columns is None:
            detail = f"no settlement file of {provider} is known; there are: {', '.join(COLUMNS)}"
            raise InvalidRequestError(pointer="/configId", detail=detail)
        found = read_settlement(self.content.encode("utf-8", "replace"), columns)
        if isinstance(found, Unreadable):
            raise wrong_lines(found)
        return found


class SettlementLineShape(TypedDict):
    """A line of the file."""

    line: members.Ordinal
    kind: Annotated[str, Word(*LineKind)]
    word: Annotated[str, Doc(example="charge", description="What the provider calls it")]
    reference: Annotated[str, Doc(example=_ATTEMPT, description="Ours: the id of the attempt")] | None
    currency: members.Currency
    gross: members.Amount
    fee: members.Amount


class BookedPaymentShape(TypedDict):
    """A payment as our books have it."""

    paymentId: Annotated[members.Id, Doc(example=_PAYMENT)]
    currency: members.Currency
    amount: members.Amount
    fee: members.Amount | None


class SettlementDifferenceShape(TypedDict):
    """A payment that both sides have, and what is not the same."""

    theirs: SettlementLineShape
    ours: BookedPaymentShape
    reason: Annotated[str, Doc(example="we booked 150.00 NGN")]


class SettlementNetShape(TypedDict):
    """What the provider owes by the file in a currency."""

    currency: members.Currency
    amount: members.Amount


class SettlementComparisonShape(TypedDict):
    """Each line of the file, once: as one of `matched`, or in one of the lists."""

    matched: Annotated[int, Doc(example=1)]
    differences: list[SettlementDifferenceShape]
    onlyTheirs: list[SettlementLineShape]
    onlyOurs: list[BookedPaymentShape]
    others: list[SettlementLineShape]
    net: list[SettlementNetShape]


def present_comparison(found: Comparison) -> SettlementComparisonShape:
    """All of a comparison."""
    net = found.net_by_currency()
    return {
        "matched": len(found.matched),
        "differences": [_different(each) for each in found.different],
        "onlyTheirs": [_theirs(each) for each in found.only_theirs],
        "onlyOurs": [_ours(each) for each in found.only_ours],
        "others": [_theirs(each) for each in found.others],
        "net": [{"currency": code, "amount": net[code].to_decimal_string()} for code in sorted(net)],
    }


def _different(difference: Difference) -> SettlementDifferenceShape:
    return {
        "theirs": _theirs(difference.line),
        "ours": _ours(difference.booked),
        "reason": difference.reason,
    }


def _theirs(line: SettlementLine) -> SettlementLineShape:
    return {
        "line": line.line,
        "kind": line.kind.value,
        "word": line.word,
        "reference": line.reference or line.provider_id,
        "currency": line.gross.currency.code,
        "gross": line.gross.to_decimal_string(),
        "fee": line.fee.to_decimal_string(),
    }


def _ours(booked: BookedPayment) -> BookedPaymentShape:
    return {
        "paymentId": str(booked.payment_id),
        "currency": booked.amount.currency.code,
        "amount": booked.amount.to_decimal_string(),
        "fee": None if booked.fee is None else booked.fee.to_decimal_string(),
    }
