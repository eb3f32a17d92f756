"""What the routes of holds take and show."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from bankcore.holds.commands import CaptureHold, ExtendHold, PlaceHold, VoidHold
from bankcore.identifiers import AccountId, HoldId
from bankcore.ledger.holds import LIFETIME, LIFETIME_MAX, Hold, HoldStatus
from bankcore.money import Currency, Money
from bankcore_http.answering import members
from bankcore_http.answering.members import OTHER_ACCOUNT_ID_EXAMPLE, REFERENCE_EXAMPLE, Doc, Word
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading import fields
from bankcore_http.reading.fields import Omissible, word_of
from bankcore_http.reading.pagination import ListQuery
from bankcore_http.reading.shapes import BodyShape

_SECOND: Final = timedelta(seconds=1)
_Seconds = Annotated[int, fields.whole_number(1, LIFETIME_MAX // _SECOND), Doc(example=LIFETIME // _SECOND)]
_Amount = Annotated[fields.AmountString, Doc(description="More than zero, at most the currency's decimals")]
_HoldStatus = Annotated[HoldStatus, word_of(HoldStatus, "a status is open, captured, voided or expired")]


class HoldBody(BodyShape):
    """Funds to set aside."""

    account_id: fields.AccountUuid
    amount: _Amount
    currency: fields.CurrencyCode
    expires_in: Annotated[Omissible[_Seconds], Doc(description="In seconds; by default seven days")] = None
    reference: Annotated[Omissible[fields.Reference], Doc(example=REFERENCE_EXAMPLE)] = None

    def command(self, key: str) -> PlaceHold:
        """The command to set them aside; InvalidRequestError or AmountOutOfRangeError for the amount."""
        return PlaceHold(
            AccountId(self.account_id),
            Money.of(self.amount, self.currency).require_positive(),
            lifetime=None if self.expires_in is None else timedelta(seconds=self.expires_in),
            reference=self.reference,
            idempotency_key=key,
        )


class CaptureBody(BodyShape):
    """What to take of a hold, and where to."""

    to_account_id: Annotated[fields.Uuid, Doc(example=OTHER_ACCOUNT_ID_EXAMPLE)]
    amount: Annotated[Omissible[_Amount], Doc(description="By default all that the hold still keeps")] = None
    currency: Annotated[Omissible[fields.CurrencyCode], Doc(description="By default that of the hold")] = None
    final: Annotated[bool, Field(strict=True), Doc(description="Whether the rest is given back", example=True)] = True
    reference: Annotated[Omissible[fields.Reference], Doc(example=REFERENCE_EXAMPLE)] = None
    metadata: fields.Metadata = Field(default_factory=dict)

    def command(self, hold: Hold, key: str) -> CaptureHold:
        """The command to take it; InvalidRequestError or AmountOutOfRangeError for the amount."""
        currency = hold.currency if self.currency is None else Currency.of(self.currency)
        return CaptureHold(
            hold.id,
            AccountId(self.to_account_id),
            None if self.amount is None else Money.of(self.amount, currency).require_positive(),
            is_final=self.final,
            reference=self.reference,
            metadata=self.metadata,
            idempotency_key=key,
        )


class VoidBody(BodyShape):
    """Why a hold is given back."""

    reason: Annotated[Omissible[fields.Reference], Doc(example="Sold out")] = None

    def command(self, hold_id: HoldId, key: str) -> VoidHold:
        """The command to give it back."""
        return VoidHold(hold_id, reason=self.reason, idempotency_key=key)


class ExtensionBody(BodyShape):
    """How much more time a hold gets."""

    expires_in: Annotated[_Seconds, Doc(description="In seconds from now")]

    def command(self, hold_id: HoldId, key: str) -> ExtendHold:
        """The command to extend it."""
        return ExtendHold(hold_id, lifetime=timedelta(seconds=self.expires_in), idempotency_key=key)


class HoldsQuery(ListQuery):
    """Which holds to list."""

    account_id: Omissible[fields.AccountUuid] = None
    status: Omissible[_HoldStatus] = None


class HoldShape(TypedDict):
    """Funds set aside; `remaining` is what the hold still keeps, and nothing once it has ended."""

    id: Annotated[members.Id, Doc(example="019c1406-3400-7000-8000-0000000000d1")]
    accountId: members.AccountId
    status: Annotated[str, Word(*HoldStatus)]
    currency: members.Currency
    amount: Annotated[members.Amount, Doc(example="250.00")]
    captured: Annotated[members.Amount, Doc(example="0.00")]
    remaining: Annotated[members.Amount, Doc(example="250.00")]
    reference: members.Reference | None
    byHolder: Annotated[bool, Doc(description="Whether the holder placed it, and so may end it", example=True)]
    placedAt: members.Instant
    expiresAt: members.Instant


def present_hold(hold: Hold) -> HoldShape:
    """A hold as it stands."""
    return {
        "id": str(hold.id),
        "accountId": str(hold.account_id),
        "status": hold.status.value,
        "currency": hold.currency.code,
        "amount": hold.amount.to_decimal_string(),
        "captured": hold.captured.to_decimal_string(),
        "remaining": hold.remaining.to_decimal_string(),
        "reference": hold.reference,
        "byHolder": hold.by_holder,
        "placedAt": render_instant(hold.placed_at),
        "expiresAt": render_instant(hold.expires_at),
    }
