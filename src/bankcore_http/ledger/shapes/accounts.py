"""What the routes of accounts take and show; money is a decimal string beside its currency."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from bankcore.documents.statements import AccountStatement, StatementLine
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountStatus, FreezeDirection
from bankcore.ledger.commands import OpenAccount
from bankcore.ledger.queries import Balance
from bankcore.ledger.transactions import Entry
from bankcore.money import Currency
from bankcore_http.account_shape import AccountStatusWord, HeldAmount
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading.fields import CurrencyCode, Instant, Omissible, Reference, text, word_of
from bankcore_http.reading.shapes import BodyShape, QueryShape

ACCOUNT_NAME_LENGTH_MAX: Final = 100

KindName = Annotated[str, Doc(example="transfer")]
Moved = Annotated[members.Amount, Doc(example="-250.50")]
BalanceAfter = Annotated[members.Amount, Doc(example="749.50")]


class StatementFormat(StrEnum):
    """The forms of a statement."""

    JSON = "json"
    CSV = "csv"
    PDF = "pdf"
    CAMT053 = "camt053"


class AccountBody(BodyShape):
    """An account to open, owned by the caller."""

    currency: CurrencyCode
    name: Annotated[Omissible[Annotated[str, text(ACCOUNT_NAME_LENGTH_MAX)]], Doc(example="Savings")] = None

    def command(self, *, owner_id: str, key: str) -> OpenAccount:
        """The command of that owner; InvalidRequestError for a currency that ISO 4217 does not know."""
        return OpenAccount(owner_id, Currency.of(self.currency), name=self.name, idempotency_key=key)


class StatusBody(BodyShape):
    """Why the status of an account changes."""

    reason: Annotated[Omissible[Reference], Doc(example="The holder reported a stolen phone")] = None


class FreezeBody(StatusBody):
    """Why an account is frozen or unfrozen, and in which direction."""

    direction: Annotated[FreezeDirection, word_of(FreezeDirection, "a direction is debits, credits or both")] = (
        FreezeDirection.BOTH
    )


class BalanceQuery(QueryShape):
    """The instant to tell the balance of."""

    at: Annotated[Omissible[Instant], Doc(description="Any past instant; by default now")] = None
    effective_at: Annotated[
        Omissible[Instant],
        Doc(description="Any instant, instead of `at`: the balance of what counts by then, whenever it was posted"),
    ] = None


class StatementQuery(QueryShape):
    """The period of a statement: from its first instant to just before its last."""

    from_instant: Annotated[Omissible[Instant], Doc(description="By default the opening")] = Field(None, alias="from")
    to_instant: Annotated[Omissible[Instant], Doc(description="By default now")] = Field(None, alias="to")
    format: Annotated[StatementFormat, word_of(StatementFormat, "a format is json, csv, pdf or camt053")] = (
        StatementFormat.JSON
    )


class ChangedAccountShape(TypedDict):
    """What the status of an account was changed to."""

    id: members.AccountId
    status: AccountStatusWord


class BalanceShape(TypedDict):
    """What an account held at one instant."""

    accountId: members.AccountId
    currency: members.Currency
    balance: BalanceAfter
    held: HeldAmount
    available: BalanceAfter
    at: members.Instant
    version: Annotated[members.Count, Doc(example=3, description="As `expects` takes it; null if not now")] | None


class AccountEntryShape(TypedDict):
    """A recorded line of one account; sequence counts its lines from 1."""

    accountId: members.AccountId
    sequence: members.Ordinal
    transactionId: members.TransactionId
    amount: Moved
    currency: members.Currency
    balanceBefore: members.Amount
    balanceAfter: BalanceAfter
    postedAt: members.Instant


class StatementLineShape(AccountEntryShape):
    """A recorded line of one account, and what moved it."""

    kind: KindName
    reference: members.Reference | None
    counterpartyAccountId: members.OtherAccountId | None


StatementShape = TypedDict(
    "StatementShape",
    {
        "accountId": members.AccountId,
        "number": members.Number,
        "currency": members.Currency,
        "from": members.Instant,
        "to": members.Instant,
        "opening": members.Amount,
        "lines": list[StatementLineShape],
        "closing": BalanceAfter,
    },
)
"""All that happened on an account in a period, oldest line first."""


def present_account_status(account_id: AccountId, status: AccountStatus) -> ChangedAccountShape:
    """What the status of an account was changed to."""
    return {"id": str(account_id), "status": status.value}


def present_balance(balance: Balance) -> BalanceShape:
    """What an account held at one instant."""
    return {
        "accountId": str(balance.account_id),
        "currency": balance.balance.currency.code,
        "balance": balance.balance.to_decimal_string(),
        "held": balance.held.to_decimal_string(),
        "available": balance.available.to_decimal_string(),
        "at": render_instant(balance.at),
        "version": balance.version,
    }


def present_account_entry(entry: Entry) -> AccountEntryShape:
    """A line of an account that the viewer may read."""
    return {
        "accountId": str(entry.account_id),
        "sequence": entry.sequence,
        "transactionId": str(entry.transaction_id),
        "amount": entry.amount.to_decimal_string(),
        "currency": entry.currency.code,
        "balanceBefore": entry.balance_before.to_decimal_string(),
        "balanceAfter": entry.balance_after.to_decimal_string(),
        "postedAt": render_instant(entry.posted_at),
    }


def present_statement(statement: AccountStatement) -> StatementShape:
    """All that happened on an account in a period; every line is read."""
    return {
        "accountId": str(statement.account.id),
        "number": statement.account.number,
        "currency": statement.account.currency.code,
        "from": render_instant(statement.from_instant),
        "to": render_instant(statement.to_instant),
        "opening": statement.opening.to_decimal_string(),
        "lines": [_present_statement_line(line) for line in statement.lines()],
        "closing": statement.closing.to_decimal_string(),
    }


def _present_statement_line(line: StatementLine) -> StatementLineShape:
    return {
        **present_account_entry(line.entry),
        "kind": line.transaction.kind,
        "reference": line.transaction.reference,
        "counterpartyAccountId": None if line.counterparty is None else str(line.counterparty),
    }
