"""How the audit log and what was verified look on the wire."""

import json

from bankcore.audit.ports import InclusionProof, SealedState
from bankcore.audit.queries import AuditedEvent
from bankcore_http.answering.wire import render_instant

Shown = dict[str, object]
"""A JSON object."""


def present_exported(event: AuditedEvent) -> Shown:
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
        # Whoever has the database's application role can record what is no text; an auditor must see that it is there.
        "body": event.body.decode(errors="backslashreplace"),
    }


def present_event(event: AuditedEvent) -> Shown:
    """A record for reading: the same, and what its text says as JSON; nothing, if it says nothing in JSON."""
    return {**present_exported(event), "record": _read(event.body)}


def present_checkpoint(state: SealedState) -> Shown:
    """A signed state of the sealed log."""
    return {
        "size": state.size,
        "root": state.root.hex(),
        "era": state.era,
        "at": render_instant(state.at),
        "note": state.note,
    }


def present_proof(proof: InclusionProof) -> Shown:
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
        # Again as text, since more can be read than be written.
        json.dumps(record, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _refuse(constant: str) -> object:
    """NaN and its like are no JSON. Raises: ValueError."""
    raise ValueError(constant)
