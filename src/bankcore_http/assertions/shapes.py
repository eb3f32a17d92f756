"""What the routes of assertions take and show."""

import re
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from typing_extensions import TypedDict

from bankcore.assertions.assertions import SOURCE_LENGTH_MAX, BalanceAssertion, CheckedAssertion
from bankcore.assertions.import_statement import ImportedStatement
from bankcore.assertions.record import AssertBalances, StatedBalance
from bankcore.documents.bank_csv_reader import CSV_COLUMNS
from bankcore.documents.bank_statements import BankEntry
from bankcore.documents.statements import StatementLine
from bankcore.identifiers import AccountId
from bankcore.money import Money
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading.fields import AccountUuid, CurrencyCode, Instant, pattern_text, text, word_of
from bankcore_http.reading.shapes import BodyShape
from bankcore_http.reading.statement_text import CONTENT_BYTES_MAX, FileText

_SIGNED: Final = pattern_text(
    re.compile(r"-?(?:0|[1-9][0-9]{0,39})(?:\.[0-9]{1,4})?", re.ASCII),
    'a balance is a decimal string such as "-100.50"',
)
_SOURCE: Final = "Statement 31/2026 of the settlement bank"
_Source = Annotated[str, text(SOURCE_LENGTH_MAX), Doc(example=_SOURCE)]
_ID: Final = "019c1406-3400-7000-8000-0000000000a7"
_CONTENT: Final = "\n".join(
    [
        ",".join(CSV_COLUMNS),
        "opening,2026-01-30,,NPR,0.00,,",
        "entry,2026-01-30,100.50,NPR,,Rent for January,A-4711",
        "closing,2026-01-30,,NPR,100.50,,",
        "",
    ]
)


class BankStatementFormat(StrEnum):
    """The forms in which another bank's statement is read."""

    CSV = "csv"
    CAMT053 = "camt053"


class AssertionBody(BodyShape):
    """A balance that another bank states."""

    account_id: AccountUuid
    as_of: Annotated[Instant, Doc(description="A past instant; what counts by then by value date is meant")]
    balance: Annotated[str, _SIGNED, Doc(example="-100.50", description="As the other bank has it")]
    currency: CurrencyCode
    source: _Source

    def command(self, key: str) -> AssertBalances:
        """The command; InvalidRequestError, AmountOutOfRangeError for the balance."""
        stated = StatedBalance(self.as_of, Money.of(self.balance, self.currency))
        return AssertBalances(
            account_id=AccountId(self.account_id), stated=(stated,), source=self.source, idempotency_key=key
        )


class BankStatementBody(BodyShape):
    """A statement that another bank made of an account that mirrors one of ours."""

    longest_bytes: ClassVar[int] = CONTENT_BYTES_MAX

    account_id: AccountUuid
    format: Annotated[
        BankStatementFormat, word_of(BankStatementFormat, "a format is csv or camt053"), Doc(example="csv")
    ]
    content: Annotated[
        FileText,
        Doc(
            description=f"The file as text. CSV has the columns {', '.join(CSV_COLUMNS)}",
            example=_CONTENT,
        ),
    ]
    source: _Source


class RecordedAssertionShape(TypedDict):
    """A balance that another bank stated."""

    id: Annotated[members.Id, Doc(example=_ID)]
    accountId: members.AccountId
    asOf: members.Instant
    balance: members.Amount
    currency: members.Currency
    source: Annotated[str, Doc(example=_SOURCE)]
    recordedAt: members.Instant


class AssertionShape(RecordedAssertionShape):
    """The same beside what our books count by that instant, in the other bank's sight."""

    counted: members.Amount
    met: Annotated[bool, Doc(example=True)]
    superseded: Annotated[bool, Doc(example=False, description="A later one states the same account and instant")]


class BankLineShape(TypedDict):
    """A line of their statement."""

    line: members.Ordinal
    amount: members.Amount
    bookedAt: members.Instant
    reference: members.Reference | None
    bankReference: members.Reference | None


class OwnLineShape(TypedDict):
    """An entry of ours, in their sight or not: `amount` is that of our books."""

    sequence: members.Ordinal
    transactionId: members.TransactionId
    amount: members.Amount
    postedAt: members.Instant
    reference: members.Reference | None


class MatchShape(TypedDict):
    """A line of theirs that is an entry of ours."""

    theirs: BankLineShape
    ours: OwnLineShape


class ImportedStatementShape(TypedDict):
    """What was put down, and how both sides go together as the books are now."""

    assertions: list[RecordedAssertionShape]
    matches: list[MatchShape]
    onlyTheirs: list[BankLineShape]
    onlyOurs: list[OwnLineShape]


def present_recorded(assertion: BalanceAssertion) -> RecordedAssertionShape:
    """What was stated."""
    return {
        "id": str(assertion.id),
        "accountId": str(assertion.account_id),
        "asOf": render_instant(assertion.as_of),
        "balance": assertion.stated.to_decimal_string(),
        "currency": assertion.stated.currency.code,
        "source": assertion.source,
        "recordedAt": render_instant(assertion.recorded_at),
    }


def present_assertion(checked: CheckedAssertion) -> AssertionShape:
    """What was stated, and what is counted."""
    return {
        **present_recorded(checked.assertion),
        "counted": checked.counted.to_decimal_string(),
        "met": checked.is_met,
        "superseded": checked.is_superseded,
    }


def present_imported(imported: ImportedStatement) -> ImportedStatementShape:
    """All of an import."""
    found = imported.matching
    return {
        "assertions": [present_recorded(each) for each in imported.assertions],
        "matches": [{"theirs": _theirs(match.theirs), "ours": _ours(match.ours)} for match in found.matches],
        "onlyTheirs": [_theirs(each) for each in found.only_theirs],
        "onlyOurs": [_ours(each) for each in found.only_ours],
    }


def _theirs(entry: BankEntry) -> BankLineShape:
    return {
        "line": entry.line,
        "amount": entry.amount.to_decimal_string(),
        "bookedAt": render_instant(entry.booked_at),
        "reference": entry.reference,
        "bankReference": entry.bank_reference,
    }


def _ours(line: StatementLine) -> OwnLineShape:
    return {
        "sequence": line.entry.sequence,
        "transactionId": str(line.entry.transaction_id),
        "amount": line.entry.amount.to_decimal_string(),
        "postedAt": render_instant(line.entry.posted_at),
        "reference": line.transaction.reference,
    }
