"""How the audit log and what was verified look on the wire."""

import json
from collections.abc import Sequence
from itertools import groupby

from bankcore.audit.ports import InclusionProof, SealedState
from bankcore.audit.queries import AuditedEvent
from bankcore.ledger.queries import TrialBalanceLine
from bankcore.money import format_minor
from bankcore_http.wire import render_instant

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


def present_trial_balance(lines: Sequence[TrialBalanceLine]) -> Shown:
    """The lines, the sum of each currency, and whether all of these are zero."""
    ordered = sorted(lines, key=lambda line: (line.currency.code, line.kind))
    sums = [
        (currency, sum(line.total_minor for line in found))
        for currency, found in groupby(ordered, key=lambda line: line.currency)
    ]
    return {
        "balanced": all(total == 0 for _currency, total in sums),
        "lines": [
            {
                "currency": line.currency.code,
                "kind": line.kind.value,
                "accounts": line.accounts,
                "total": format_minor(line.total_minor, line.currency.exponent),
            }
            for line in ordered
        ],
        "totals": [
            {"currency": currency.code, "total": format_minor(total, currency.exponent)} for currency, total in sums
        ],
    }


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
