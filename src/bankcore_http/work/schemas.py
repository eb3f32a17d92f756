"""What operators are shown of work that failed."""

from typing import Final

from bankcore_http.reading.fields import Instant, Text, Uuid, WholeNumber
from bankcore_http.reading.pagination import ListQuery
from bankcore_http.reading.schemas import JsonSchema

_ID: Final = "019c1406-3400-7000-8000-0000000000d1"
_NAME_LENGTH_MAX: Final = 40
_WHOLE_MAX: Final = 2**63 - 1


class DeadLetterQuery(ListQuery):
    """`?consumer=` chooses those of one consumer."""

    consumer = Text(high=_NAME_LENGTH_MAX, load_default=None, metadata={"example": "notifications"})


class DeadLetterSchema(JsonSchema):
    """An event that a consumer failed on too often."""

    id = Uuid(required=True, metadata={"example": _ID})
    consumer = Text(high=_NAME_LENGTH_MAX, required=True, metadata={"example": "notifications"})
    event_id = Uuid(required=True, metadata={"example": _ID})
    account_id = Uuid(required=True, allow_none=True, metadata={"example": _ID})
    sequence = WholeNumber(low=0, high=_WHOLE_MAX, required=True, allow_none=True)
    tries = WholeNumber(low=0, high=_WHOLE_MAX, required=True)
    last_error = Text(high=500, required=True, allow_none=True, metadata={"example": "TimeoutError"})
    created_at = Instant(required=True)
    last_tried_at = Instant(required=True)


class RedrivenSchema(JsonSchema):
    """A dead letter that is tried again."""

    id = Uuid(required=True, metadata={"example": _ID})
