"""What the routes of payouts take and show."""

from typing import Annotated, ClassVar, Final

from typing_extensions import TypedDict

from bankcore.identifiers import AccountId
from bankcore.money import format_minor
from bankcore.payouts.files import PayoutFormat
from bankcore.payouts.jobs import PayoutItem, PayoutItemStatus, PayoutJob, PayoutStatus
from bankcore.payouts.rows import PayoutRow
from bankcore.payouts.start import StartPayout
from bankcore_http.answering import members
from bankcore_http.answering.members import REFERENCE_EXAMPLE, Doc, Word
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading import fields
from bankcore_http.reading.fields import Omissible
from bankcore_http.reading.files import FileTypes
from bankcore_http.reading.pagination import ListQuery
from bankcore_http.reading.shapes import BodyShape, QueryShape

ITEMS_MAX: Final = 20_000
_BYTES_MAX: Final = 4 * 1024 * 1024
_NAME_LENGTH_MAX: Final = 100
_NUMBER_LENGTH_MAX: Final = 40
_ITEM: Final = {
    "toAccountId": members.OTHER_ACCOUNT_ID_EXAMPLE,
    "amount": "10.00",
    "currency": "NPR",
    "reference": REFERENCE_EXAMPLE,
}
_Name = Annotated[str, Doc(example="Wages January")]


class PayoutItemBody(BodyShape):
    """One payment; exactly one of `toAccountId` and `toAccountNumber` says where to."""

    to_account_id: Annotated[Omissible[fields.Uuid], Doc(example=members.OTHER_ACCOUNT_ID_EXAMPLE)] = None
    to_account_number: Annotated[
        Omissible[Annotated[str, fields.text(_NUMBER_LENGTH_MAX)]],
        Doc(example=members.NUMBER_EXAMPLE, description="Instead of `toAccountId`"),
    ] = None
    amount: Annotated[fields.AmountString, Doc(example="10.00", description="More than zero")]
    currency: Annotated[Omissible[fields.CurrencyCode], Doc(description="If given, that of the paying account")] = None
    reference: Annotated[
        Omissible[fields.Reference], Doc(example=REFERENCE_EXAMPLE, description="If given, no other item has it")
    ] = None

    @property
    def account_member(self) -> str:
        """The member that says where to."""
        return "toAccountId" if self.to_account_id is not None else "toAccountNumber"


class PayoutBody(BodyShape):
    """Which account pays which others."""

    longest_bytes: ClassVar[int] = _BYTES_MAX

    account_id: Annotated[fields.AccountUuid, Doc(description="The paying account")]
    name: Annotated[Omissible[Annotated[str, fields.text(_NAME_LENGTH_MAX)]], Doc(example="Wages January")] = None
    items: Annotated[list[PayoutItemBody], *fields.at_most(ITEMS_MAX), Doc(example=[_ITEM])]

    def command(self, key: str) -> StartPayout:
        """The command; InvalidRequestError: there are no items."""
        rows = [
            PayoutRow(place, str(item.to_account_id or item.to_account_number), *_told(item))
            for place, item in enumerate(self.items, 1)
        ]
        return StartPayout(AccountId(self.account_id), rows, name=self.name, idempotency_key=key)


class PayoutFileQuery(QueryShape):
    """With a file, which account pays, and what for."""

    account_id: Annotated[Omissible[fields.AccountUuid], Doc(description="The paying account, with a file")] = None
    name: Annotated[Omissible[Annotated[str, fields.text(_NAME_LENGTH_MAX)]], Doc(example="Wages January")] = None


PAYOUT_FILES: Final = FileTypes(
    {"text/csv": PayoutFormat.CSV, "application/x-ndjson": PayoutFormat.NDJSON}, longest_bytes=_BYTES_MAX
)


class PayoutItemsQuery(ListQuery):
    """Which items of a payout to list."""

    status: Omissible[Annotated[PayoutItemStatus, fields.word_of(PayoutItemStatus)]] = None


class PayoutShape(TypedDict):
    """A payout and how far it has come; up to the item at place `checkpoint`, each is paid or failed."""

    id: members.PayoutId
    accountId: members.AccountId
    name: _Name | None
    status: Annotated[str, Word(*PayoutStatus)]
    currency: members.Currency
    totalItems: Annotated[members.Count, Doc(example=3)]
    processedItems: Annotated[members.Count, Doc(example=2)]
    paidItems: Annotated[members.Count, Doc(example=2)]
    failedItems: Annotated[members.Count, Doc(example=0)]
    totalAmount: Annotated[members.Amount, Doc(example="30.00")]
    paidAmount: Annotated[members.Amount, Doc(example="20.00")]
    failedAmount: Annotated[members.Amount, Doc(example="0.00")]
    checkpoint: Annotated[members.Count, Doc(example=2)]
    progress: Annotated[str, Doc(example="2/3")]
    stoppedBy: Annotated[str, Doc(description="Why it paused by itself", example="account_frozen")] | None
    createdAt: members.Instant
    endedAt: members.Instant | None


class PayoutItemShape(TypedDict):
    """A payment of a payout; `problem` is the code of the refusal of one that failed."""

    place: Annotated[members.Count, Doc(example=1)]
    accountId: members.OtherAccountId
    amount: Annotated[members.Amount, Doc(example="10.00")]
    currency: members.Currency
    reference: members.Reference | None
    status: Annotated[str, Word(*PayoutItemStatus)]
    transactionId: members.TransactionId | None
    problem: Annotated[str, Doc(example="account_frozen")] | None


def present_payout(job: PayoutJob) -> PayoutShape:
    """A job as it stands."""
    exponent = job.currency.exponent
    return {
        "id": str(job.id),
        "accountId": str(job.account_id),
        "name": job.name,
        "status": job.status.value,
        "currency": job.currency.code,
        "totalItems": job.total.items,
        "processedItems": job.processed_items,
        "paidItems": job.paid.items,
        "failedItems": job.failed.items,
        "totalAmount": format_minor(job.total.minor, exponent),
        "paidAmount": format_minor(job.paid.minor, exponent),
        "failedAmount": format_minor(job.failed.minor, exponent),
        "checkpoint": job.checkpoint,
        "progress": job.progress,
        "stoppedBy": job.stopped_by,
        "createdAt": render_instant(job.created_at),
        "endedAt": None if job.ended_at is None else render_instant(job.ended_at),
    }


def present_item(item: PayoutItem) -> PayoutItemShape:
    """An item as it stands."""
    return {
        "place": item.place,
        "accountId": str(item.account_id),
        "amount": item.amount.to_decimal_string(),
        "currency": item.amount.currency.code,
        "reference": item.reference,
        "status": item.status.value,
        "transactionId": None if item.transaction_id is None else str(item.transaction_id),
        "problem": item.problem,
    }


def _told(item: PayoutItemBody) -> tuple[str, str | None, str | None]:
    return item.amount, item.currency, item.reference
