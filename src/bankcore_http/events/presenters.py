"""How an event of the feed looks on the wire: what changed, as far as its reader may see it."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from bankcore.events.feed import FeedEvent
from bankcore_http.wire import render_instant

Shown = dict[str, object]


def present_feed_event(event: FeedEvent, *, cursor: str | None) -> Shown:
    """The event; whoever remembers its cursor goes on after it."""
    facts = cast("Mapping[str, Any]", event.facts)
    shown: Shown = {
        "id": str(event.id),
        "action": event.action,
        "occurredAt": render_instant(event.occurred_at),
        "accountIds": [str(account_id) for account_id in event.account_ids],
        "cursor": cursor,
        "data": facts,
    }
    if "transaction" in facts:
        shown["data"] = {"transaction": _present_transaction(event, facts["transaction"])}
    return shown


def _present_transaction(event: FeedEvent, facts: Mapping[str, Any]) -> Shown:
    reverses = {} if facts["reverses"] is None else {"reverses": facts["reverses"]}
    return {
        "id": facts["id"],
        "kind": facts["kind"],
        "status": "posted",
        "reference": facts["reference"],
        "metadata": facts["metadata"],
        **reverses,
        "postedAt": facts["postedAt"],
        "effectiveAt": facts["effectiveAt"],
        "entries": _present_entries(event, facts["entries"]),
    }


def _present_entries(event: FeedEvent, entries: Sequence[Mapping[str, Any]]) -> list[Shown]:
    """The lines; of accounts that are not the reader's only what moved."""
    return [_present_entry(entry, is_shown=event.may_see(entry["account"])) for entry in entries]


def _present_entry(entry: Mapping[str, Any], *, is_shown: bool) -> Shown:
    shown: Shown = {"accountId": entry["account"], "amount": entry["amount"], "currency": entry["currency"]}
    if is_shown:
        shown |= {
            "balanceBefore": entry["before"],
            "balanceAfter": entry["after"],
            "sequence": entry["sequence"],
        }
    return shown
