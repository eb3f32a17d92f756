"""Audit records of FX: each quote with its exact rates, and the transaction that used it."""

from typing import Final

from bankcore.actions import Subject
from bankcore.clock import instant_text
from bankcore.events.stamps import CommandRefused
from bankcore.fx.actions import QUOTE_GIVEN, QUOTE_USED
from bankcore.fx.events import FxQuoteGiven, FxQuoteUsed
from bankcore.fx.quotes import FxQuote
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, Records, make_record
from bankcore_infra.audit.recording.refusals import refusal_record


def given_facts(quote: FxQuote) -> dict[str, CanonicalValue]:
    """What the record of a new quote tells of it."""
    return {
        **_named(quote),
        "marketRate": str(quote.market_rate),
        "spreadBps": quote.spread_bps,
        "ratedAt": instant_text(quote.rated_at),
        "expiresAt": instant_text(quote.expires_at),
        "owner": quote.owner_id,
    }


def used_facts(quote: FxQuote) -> dict[str, CanonicalValue]:
    """What the record of its use tells of it."""
    return {**_named(quote), "transaction": quote.transaction_id}


def _given(event: FxQuoteGiven, contexts: AuditContexts) -> AuditRecord:
    deed = Deed(QUOTE_GIVEN, subject=Subject("fx_quote", event.quote.id))
    return make_record(event.stamp, deed, {"quote": given_facts(event.quote)}, contexts)


def _used(event: FxQuoteUsed, contexts: AuditContexts) -> AuditRecord:
    deed = Deed(QUOTE_USED, subject=Subject("fx_quote", event.quote.id))
    return make_record(event.stamp, deed, {"quote": used_facts(event.quote)}, contexts)


def _named(quote: FxQuote) -> dict[str, CanonicalValue]:
    return {"from": str(quote.from_amount), "to": str(quote.to_amount), "rate": str(quote.rate)}


RECORDS: Final[Records] = {
    FxQuoteGiven: _given,
    FxQuoteUsed: _used,
    CommandRefused: refusal_record,
}
