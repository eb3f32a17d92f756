"""What the auditors' routes take and show."""

from typing import ClassVar, Final

from marshmallow import fields
from marshmallow.validate import OneOf

from bankcore.audit.queries import AuditOutcome
from bankcore.origin import TEXT_LENGTH_MAX
from bankcore_http.reading.fields import Instant, Text, Uuid, WholeNumber
from bankcore_http.reading.pagination import ListQuery
from bankcore_http.reading.schemas import JsonSchema, QuerySchema, Ranges

ACTION_LENGTH_MAX: Final = 64
_EVENT_ID: Final = "019c1406-3400-7000-8000-0000000000ee"
_ACCOUNT_ID: Final = "019c1406-3400-7000-8000-000000000001"
_TRANSACTION_ID: Final = "019c1406-3400-7000-8000-0000000000aa"
_USER_ID: Final = "019c1406-3400-7000-8000-0000000000bb"
_REQUEST_ID: Final = "req_019c13d1a6007000800000000000abcd"
_HASH: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_NUMBER_MAX: Final = 2**63 - 1


def _shown_id(example: str, **options: bool) -> Uuid:
    return Uuid(metadata={"example": example}, **options)


def _shown_text(example: str, *, allow_none: bool = False) -> fields.String:
    return fields.String(required=True, allow_none=allow_none, metadata={"example": example})


class AuditQuery(ListQuery):
    """Which records to list: recorded in [from, to), and with all of the given facts."""

    ranges: ClassVar[Ranges] = (("from_instant", "to_instant"),)

    account_id = Uuid(load_default=None, metadata={"example": _ACCOUNT_ID})
    actor_id = Text(high=TEXT_LENGTH_MAX, load_default=None, metadata={"example": _USER_ID})
    action = Text(high=ACTION_LENGTH_MAX, load_default=None, metadata={"example": "transaction.posted"})
    outcome = fields.String(
        load_default=None, validate=OneOf(list(AuditOutcome), error=f"one of {', '.join(AuditOutcome)}")
    )
    request_id = Text(high=TEXT_LENGTH_MAX, load_default=None, metadata={"example": _REQUEST_ID})
    from_instant = Instant(data_key="from", load_default=None)
    to_instant = Instant(data_key="to", load_default=None)


class ExportQuery(QuerySchema):
    """The period to export: from its first instant to just before its last."""

    ranges: ClassVar[Ranges] = (("from_instant", "to_instant"),)

    from_instant = Instant(data_key="from", load_default=None, metadata={"description": "By default the first record"})
    to_instant = Instant(data_key="to", load_default=None, metadata={"description": "By default now"})


class AuditEventSchema(JsonSchema):
    """A record of the audit log; address and user agent are null where they were never known, or were erased."""

    id = _shown_id(_EVENT_ID, required=True)
    at = Instant(required=True)
    action = _shown_text("transaction.posted")
    outcome = fields.String(required=True, metadata={"enum": list(AuditOutcome), "example": "success"})
    actor_type = _shown_text("user")
    actor_id = _shown_text(_USER_ID)
    subject_id = _shown_id(_TRANSACTION_ID, required=True, allow_none=True)
    account_ids = fields.List(_shown_id(_ACCOUNT_ID), required=True)
    request_id = _shown_text(_REQUEST_ID, allow_none=True)
    ip_address = _shown_text("203.0.113.7", allow_none=True)
    user_agent = _shown_text("curl/8.5", allow_none=True)
    record = fields.Dict(
        required=True,
        metadata={"description": "All that was recorded, as JSON", "example": {"v": 1, "action": "transaction.posted"}},
    )
    body = fields.String(
        required=True,
        metadata={"description": "The same as the exact text that is sealed, in UTF-8", "example": '{"v":1}'},
    )


class CheckpointSchema(JsonSchema):
    """A signed state of the sealed log."""

    size = WholeNumber(low=0, high=_NUMBER_MAX, required=True)
    root = _shown_text(_HASH)
    era = WholeNumber(low=0, high=_NUMBER_MAX, required=True)
    at = Instant(required=True)
    note = fields.String(required=True, metadata={"description": "The signed note, to be kept outside", "example": ""})


class ProofSchema(JsonSchema):
    """That a record is in the sealed log (RFC 9162); hashes in hex."""

    event_id = _shown_id(_EVENT_ID, required=True)
    leaf_index = WholeNumber(low=0, high=_NUMBER_MAX, required=True)
    leaf_hash = _shown_text(_HASH)
    path = fields.List(fields.String(metadata={"example": _HASH}), required=True)
    checkpoint = fields.Nested(CheckpointSchema, required=True)


class ReceiptKeySchema(JsonSchema):
    """A public key as a JWK (RFC 8037)."""

    kty = _shown_text("OKP")
    crv = _shown_text("Ed25519")
    x = _shown_text("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
    kid = _shown_text("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
    alg = _shown_text("EdDSA")
    use = _shown_text("sig")


class ReceiptKeysSchema(JsonSchema):
    """The public keys of audit receipts as a JWK set (RFC 7517); `kid` in a receipt's header names one of them."""

    keys = fields.List(fields.Nested(ReceiptKeySchema), required=True)
