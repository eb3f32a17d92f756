"""What the auditors' routes take and show."""

import json
from typing import Annotated, ClassVar, Final

from pydantic import Field
from typing_extensions import TypedDict

from bankcore.audit.ports import InclusionProof, SealedState
from bankcore.audit.queries import AuditedEvent, AuditOutcome
from bankcore.origin import TEXT_LENGTH_MAX
from bankcore_http.answering import members
from bankcore_http.answering.members import HASH_EXAMPLE, REQUEST_ID_EXAMPLE, Doc, Word
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading.fields import AccountUuid, Instant, Omissible, text, word_of
from bankcore_http.reading.pagination import ListQuery
from bankcore_http.reading.shapes import QueryShape, Ranges

ACTION_LENGTH_MAX: Final = 64
_USER_ID: Final = "019c1406-3400-7000-8000-0000000000bb"
_ACTION: Final = "transaction.posted"

_Fact = Annotated[str, text(TEXT_LENGTH_MAX)]
_ActionName = Annotated[str, text(ACTION_LENGTH_MAX)]
_Outcome = Annotated[AuditOutcome, word_of(AuditOutcome, f"one of {', '.join(AuditOutcome)}")]
_Hash = Annotated[str, Doc(example=HASH_EXAMPLE)]


class AuditQuery(ListQuery):
    """Which records to list: recorded in [from, to), with all of the given facts."""

    ranges: ClassVar[Ranges] = (("from_instant", "to_instant"),)

    account_id: Omissible[AccountUuid] = None
    actor_id: Annotated[Omissible[_Fact], Doc(example=_USER_ID)] = None
    action: Annotated[Omissible[_ActionName], Doc(example=_ACTION)] = None
    outcome: Omissible[_Outcome] = None
    request_id: Annotated[Omissible[_Fact], Doc(example=REQUEST_ID_EXAMPLE)] = None
    from_instant: Omissible[Instant] = Field(None, alias="from")
    to_instant: Omissible[Instant] = Field(None, alias="to")


class ExportQuery(QueryShape):
    """The period to export: from its first instant to just before its last."""

    ranges: ClassVar[Ranges] = (("from_instant", "to_instant"),)

    from_instant: Annotated[Omissible[Instant], Doc(description="By default the first record")] = Field(
        None, alias="from"
    )
    to_instant: Annotated[Omissible[Instant], Doc(description="By default now")] = Field(None, alias="to")


class ExportedEventShape(TypedDict):
    """A record as a line of an export: the columns, and the exact text that is sealed."""

    id: members.EventId
    at: members.Instant
    action: Annotated[str, Doc(example=_ACTION)]
    outcome: Annotated[str, Word(*AuditOutcome)]
    actorType: Annotated[str, Doc(example="user")]
    actorId: Annotated[str, Doc(example=_USER_ID)]
    subjectId: members.TransactionId | None
    accountIds: list[members.AccountId]
    requestId: Annotated[str, Doc(example=REQUEST_ID_EXAMPLE)] | None
    ipAddress: Annotated[str, Doc(example="203.0.113.7")] | None
    userAgent: Annotated[str, Doc(example="curl/8.5")] | None
    body: Annotated[str, Doc(description="The same as the exact text that is sealed, in UTF-8", example='{"v":1}')]


class AuditEventShape(ExportedEventShape):
    """A record of the audit log; address and user agent are null where they were never known, or were erased."""

    record: Annotated[
        dict[str, object],
        Doc(description="All that was recorded, as JSON", example={"v": 1, "action": _ACTION}),
    ]


class CheckpointShape(TypedDict):
    """A signed state of the sealed log."""

    size: members.Count
    root: _Hash
    era: members.Count
    at: members.Instant
    note: Annotated[str, Doc(description="The signed note, to be kept outside", example="")]


class ProofShape(TypedDict):
    """That a record is in the sealed log (RFC 9162); hashes in hex."""

    eventId: members.EventId
    leafIndex: members.Count
    leafHash: _Hash
    path: list[_Hash]
    checkpoint: CheckpointShape


class ReceiptKeyShape(TypedDict):
    """A public key as a JWK (RFC 8037)."""

    kty: Annotated[str, Doc(example="OKP")]
    crv: Annotated[str, Doc(example="Ed25519")]
    x: Annotated[str, Doc(example="11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    kid: Annotated[str, Doc(example="kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    alg: Annotated[str, Doc(example="EdDSA")]
    use: Annotated[str, Doc(example="sig")]


class ReceiptKeysShape(TypedDict):
    """The public keys of audit receipts as a JWK set (RFC 7517); `kid` in a receipt's header names one of them."""

    keys: list[ReceiptKeyShape]


def present_exported(event: AuditedEvent) -> ExportedEventShape:
    """A record as a line of an export: the columns, and the exact text that is sealed."""
    return {
        "id": str(event.id),
        "at": render_instant(event.at),
        "action": event.action,
        "outcome": event.outcome.value,
        "actorType": event.actor_type,
        "actorId": event.actor_id,
        "subjectId": None if event.subject_id is None else str(event.subject_id),
        "accountIds": [str(account_id) for account_id in event.account_ids],
        "requestId": event.request_id,
        "ipAddress": event.ip_address,
        "userAgent": event.user_agent,
        # A holder of the database's application role can record bytes that are no text; an auditor must see the record.
        "body": event.body.decode(errors="backslashreplace"),
    }


def present_event(event: AuditedEvent) -> AuditEventShape:
    """A record for reading: the exported members and the body as JSON; null if the body is no JSON."""
    return {**present_exported(event), "record": _read(event.body)}


def present_checkpoint(state: SealedState) -> CheckpointShape:
    """A signed state of the sealed log."""
    return {
        "size": state.size,
        "root": state.root.hex(),
        "era": state.era,
        "at": render_instant(state.at),
        "note": state.note,
    }


def present_proof(proof: InclusionProof) -> ProofShape:
    """The proof with its checkpoint."""
    return {
        "eventId": str(proof.event_id),
        "leafIndex": proof.leaf_index,
        "leafHash": proof.leaf_hash.hex(),
        "path": [step.hex() for step in proof.path],
        "checkpoint": present_checkpoint(proof.checkpoint),
    }


def _read(body: bytes) -> dict[str, object]:
    try:
        record = json.loads(body, parse_constant=_refuse)
        # It is written again as a check, because a deeply nested text can be read and not written.
        json.dumps(record, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _refuse(constant: str) -> object:
    """Refuse NaN and infinities, which are no JSON. Raises: ValueError."""
    raise ValueError(constant)
