"""What the event feed shows."""

from typing import Final

from marshmallow import fields

from bankcore_http.fields import Instant, Text, Uuid
from bankcore_http.schemas import JsonSchema

_EVENT_ID: Final = "019c1406-3400-7000-8000-0000000000e1"
_ACCOUNT_ID: Final = "019c1406-3400-7000-8000-000000000001"


class FeedEventSchema(JsonSchema):
    """Something that changed; `cursor` goes on after it, at any later time."""

    id = Uuid(required=True, metadata={"example": _EVENT_ID})
    action = Text(high=100, required=True, metadata={"example": "transaction.posted"})
    occurred_at = Instant(required=True)
    account_ids = fields.List(Uuid(metadata={"example": _ACCOUNT_ID}), required=True)
    cursor = Text(high=512, required=True)
    data = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={
            "description": "What changed; a `transaction` looks as everywhere else, its balances if they are yours"
        },
    )
