"""What the event feed shows."""

from typing import Final

from marshmallow import fields

from bankcore.ledger.accounts import AccountStatus
from bankcore_http.reading.fields import CurrencyCode, Instant, SignedAmount, Text, Uuid, WholeNumber
from bankcore_http.reading.schemas import JsonSchema

_EVENT_ID: Final = "019c1406-3400-7000-8000-0000000000e1"
_ACCOUNT_ID: Final = "019c1406-3400-7000-8000-000000000001"


class FeedSubjectSchema(JsonSchema):
    """What an event is about."""

    kind = Text(high=100, required=True, metadata={"example": "transaction"})
    id = Uuid(required=True, metadata={"example": _EVENT_ID})


class FeedEffectSchema(JsonSchema):
    """How one of your accounts stands after the event; of old events no more than was recorded."""

    account_id = Uuid(required=True, metadata={"example": _ACCOUNT_ID})
    sequence = WholeNumber(low=0, high=2**63 - 1, required=True)
    currency = CurrencyCode()
    balance = SignedAmount(example="250.00")
    held = SignedAmount(example="0.00")
    status = fields.String(required=True, metadata={"enum": list(AccountStatus), "example": "active"})
    status_before = fields.String(metadata={"enum": list(AccountStatus), "example": "frozen"})


class FeedEventSchema(JsonSchema):
    """Something that changed; `cursor` goes on after it, at any later time."""

    id = Uuid(required=True, metadata={"example": _EVENT_ID})
    action = Text(high=100, required=True, metadata={"example": "transaction.posted"})
    occurred_at = Instant(required=True)
    subject = fields.Nested(FeedSubjectSchema, required=True, allow_none=True)
    account_ids = fields.List(Uuid(metadata={"example": _ACCOUNT_ID}), required=True)
    effects = fields.List(fields.Nested(FeedEffectSchema), required=True)
    cursor = Text(high=512, required=True)
    data = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={
            "description": "What changed; a `transaction` looks as everywhere else, its balances if they are yours"
        },
    )
