"""What the audit log says of holds: how each stands after a phase, and what was asked of one in vain."""

from datetime import datetime, timedelta

from bankcore.clock import instant_text
from bankcore.ledger.changes import Capture, Expiry, Extend, HoldChange, Release, SetAside
from bankcore.ledger.events import HoldCaptured, HoldChanged, HoldVoided
from bankcore.ledger.holds import Hold
from bankcore_infra.audit.recording.canonical import CanonicalValue


def hold_facts(event: HoldChanged) -> dict[str, CanonicalValue]:
    """The hold, and what only that phase has: the transaction of a capture, the reason of a void."""
    facts: dict[str, CanonicalValue] = {"hold": _standing(event.hold)}
    if isinstance(event, HoldCaptured):
        facts["capturedBy"] = str(event.transaction_id)
    elif isinstance(event, HoldVoided) and event.reason is not None:
        facts["reason"] = event.reason
    return facts


def _standing(hold: Hold) -> dict[str, CanonicalValue]:
    """All that its row says, so that the row follows from the hold's last record."""
    return {
        "account": str(hold.account_id),
        "amount": hold.amount.to_decimal_string(),
        "byHolder": hold.by_holder,
        "captured": hold.captured.to_decimal_string(),
        "currency": hold.currency.code,
        "expiresAt": instant_text(hold.expires_at),
        "id": str(hold.id),
        "placedAt": instant_text(hold.placed_at),
        "reference": hold.reference,
        "status": hold.status,
        "version": hold.version,
    }


def asked_of_hold(change: Capture | HoldChange) -> dict[str, CanonicalValue]:
    """The facts of a command about a hold."""
    match change:
        case SetAside(account_id, amount, expiry, reference):
            facts = {"account": str(account_id), "amount": str(amount)}
            return {"reference": reference, **facts, **_expiry(expiry)}
        case Capture(hold_id, to_account_id, wanted, is_final, carried):
            facts = {"hold": str(hold_id), "to": str(to_account_id)}
            amount_text = None if wanted is None else str(wanted)
            return {"final": is_final, "reference": carried.reference, "amount": amount_text, **facts}
        case Release(hold_id, reason):
            return {"hold": str(hold_id), "reason": reason}
        case Extend(hold_id, expiry):  # pragma: no branch - mypy proves that there is no other case
            return {"hold": str(hold_id), **_expiry(expiry)}


def _expiry(expiry: Expiry) -> dict[str, CanonicalValue]:
    """Until when, or for how many microseconds."""
    if isinstance(expiry, datetime):
        return {"expiresAt": instant_text(expiry)}
    return {"lifetimeUs": expiry // timedelta(microseconds=1)}
