"""What operators are shown of reconciliations."""

from typing import Final

from marshmallow import fields

from bankcore_http.reading.fields import Instant, Text, Uuid, WholeNumber
from bankcore_http.reading.schemas import JsonSchema

_ID: Final = "019c1406-3400-7000-8000-0000000000d1"
_WHOLE_MAX: Final = 2**63 - 1


class ReconciliationRunSchema(JsonSchema):
    """A finished comparison of the books with themselves: what had changed since the one before, and was looked at."""

    id = Uuid(required=True, metadata={"example": _ID})
    started_at = Instant(required=True)
    finished_at = Instant(required=True)
    accounts = WholeNumber(low=0, high=_WHOLE_MAX, required=True)
    entries = WholeNumber(low=0, high=_WHOLE_MAX, required=True)
    drift_count = WholeNumber(low=0, high=_WHOLE_MAX, required=True, metadata={"example": 0})


class DriftSchema(JsonSchema):
    """Something that did not fit."""

    place = Text(high=500, required=True, metadata={"example": f"account {_ID}"})
    problem = Text(high=2_000, required=True, metadata={"example": "has a balance of 100, its entries end at 0"})


class ReconciliationRunWithDriftsSchema(ReconciliationRunSchema):
    """A run, and what did not fit, at most a thousand of it."""

    drifts = fields.List(fields.Nested(DriftSchema), required=True)


class ReconciliationRequestedSchema(JsonSchema):
    """That a run was asked for: it is the first in the list that started later."""

    requested_at = Instant(required=True)
