"""What the routes of holds take and show."""

from typing import Annotated

from typing_extensions import TypedDict

from bankcore.ledger.holds import Hold, HoldStatus
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc, Word
from bankcore_http.answering.wire import render_instant


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
