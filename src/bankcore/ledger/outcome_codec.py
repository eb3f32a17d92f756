"""Outcomes as bytes, so that the answer to a request can be kept with its key and given again.

A posted transaction is kept by its id, since the books hold it for ever; a refusal by its code and facts; an opened
account and a hold as they stood, a changed account by its id and status.
"""

import json
from dataclasses import fields
from uuid import UUID

from bankcore.idempotency.answers import Rejected
from bankcore.idempotency.refusals import JsonValue, decode_value, encode_refusal, encode_value, refusal_of
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import Account, AccountKind, AccountStatus
from bankcore.ledger.holds import Hold, HoldStatus
from bankcore.ledger.outcomes import Changed, Held, Opened, Outcome, Posted


def encode_outcome(outcome: Outcome) -> bytes:
    """The outcome as compact JSON."""
    match outcome:
        case Posted(transaction):
            # By far the most frequent one, and nothing in it needs an escape.
            return f'{{"posted":"{transaction.id.hex}"}}'.encode()
        case Rejected(reason):
            return encode_refusal(reason)
        case Opened(account):
            return _encode({"opened": _facts(account)})
        case Held(hold):
            return _encode({"held": _facts(hold)})
        case Changed(account_id, status):  # pragma: no branch - mypy proves that there is no other case
            return _encode({"changed": account_id.hex, "status": status})


def decode_outcome(encoded: bytes) -> Opened | Changed | Held | Rejected | TransactionId:
    """The outcome as it was, marked as replayed; a posted one as the id of its transaction."""
    document = json.loads(encoded)
    if "posted" in document:
        return TransactionId(UUID(document["posted"]))
    if "opened" in document:
        return Opened(_decode_account(document["opened"]), replayed=True)
    if "held" in document:
        return Held(_decode_hold(document["held"]), replayed=True)
    if "changed" in document:
        return Changed(AccountId(UUID(document["changed"])), AccountStatus(document["status"]), replayed=True)
    return Rejected(refusal_of(document), replayed=True)


def _encode(document: JsonValue) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _facts(value: Account | Hold) -> JsonValue:
    return {field.name: encode_value(getattr(value, field.name)) for field in fields(value)}


def _decode_hold(document: dict[str, JsonValue]) -> Hold:
    facts = {name: decode_value(value) for name, value in document.items()}
    facts["status"] = HoldStatus(str(facts["status"]))
    return Hold(**facts)  # type: ignore[arg-type] # the fields were written by `encode_outcome`


def _decode_account(document: dict[str, JsonValue]) -> Account:
    facts = {name: decode_value(value) for name, value in document.items()}
    facts["kind"] = AccountKind(str(facts["kind"]))
    facts["status"] = AccountStatus(str(facts["status"]))
    return Account(**facts)  # type: ignore[arg-type] # the fields were written by `encode_outcome`
