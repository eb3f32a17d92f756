"""What the routes of fraud cases take and show."""

from typing import Final

from marshmallow import fields
from marshmallow.validate import OneOf

from bankcore.fraud.cases import NOTE_LENGTH_MAX, CaseStatus
from bankcore.fraud.signals import Rule
from bankcore_http.reading.fields import Instant, Text, Uuid, WholeNumber
from bankcore_http.reading.pagination import ListQuery
from bankcore_http.reading.schemas import JsonSchema

_POINTS_MAX: Final = 2**31 - 1
_CASE_ID: Final = "019c1406-3400-7000-8000-0000000000c1"
_ACCOUNT_ID: Final = "019c1406-3400-7000-8000-000000000001"
_TRANSACTION_ID: Final = "019c1406-3400-7000-8000-0000000000aa"
_OPERATOR_ID: Final = "019c1406-3400-7000-8000-0000000000b7"


class CasesQuery(ListQuery):
    """Which cases to list."""

    status = fields.String(
        load_default=None, validate=OneOf([*CaseStatus], error="a status is open, cleared or confirmed")
    )
    account_id = Uuid(load_default=None, metadata={"example": _ACCOUNT_ID})


class DecisionBody(JsonSchema):
    """Why a case is decided as it is."""

    note = Text(high=NOTE_LENGTH_MAX, required=True, metadata={"example": "The holder bought a car; we have called."})


class SignalSchema(JsonSchema):
    """A rule that was met, and the numbers that explain it."""

    rule = fields.String(required=True, metadata={"enum": [*Rule], "example": Rule.LARGE.value})
    points = WholeNumber(low=1, high=_POINTS_MAX, required=True)
    explanation = fields.String(
        required=True,
        metadata={"example": "9000.00 NPR is at least 3 times the largest of 12 payments before it, 2500.00 NPR"},
    )
    facts = fields.Dict(required=True, metadata={"example": {"amount": "9000.00 NPR", "multiple": 3}})


class DecisionSchema(JsonSchema):
    """Who decided a case, when, and why."""

    by = fields.String(required=True, metadata={"example": _OPERATOR_ID})
    at = Instant(required=True)
    note = fields.String(required=True, metadata={"example": "The holder bought a car; we have called."})


class FraudCaseSchema(JsonSchema):
    """A movement that looked like fraud; `frozeAccount` tells whether its account was frozen for it."""

    id = Uuid(required=True, metadata={"example": _CASE_ID})
    account_id = Uuid(required=True, metadata={"example": _ACCOUNT_ID})
    transaction_id = Uuid(required=True, metadata={"example": _TRANSACTION_ID})
    status = fields.String(required=True, metadata={"enum": [*CaseStatus], "example": CaseStatus.OPEN.value})
    score = WholeNumber(low=1, high=_POINTS_MAX, required=True)
    signals = fields.List(fields.Nested(SignalSchema), required=True)
    froze_account = fields.Boolean(required=True, metadata={"example": False})
    opened_at = Instant(required=True)
    decision = fields.Nested(DecisionSchema, required=True, allow_none=True)
