"""Audit records of dead letters: which one was tried again, and by whom."""

from typing import Final

from bankcore.actions import Subject
from bankcore.events.stamps import CommandRefused
from bankcore.work.actions import DELIVERY_REDRIVEN
from bankcore.work.redrive import DeliveryRedriven
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, Records, make_record
from bankcore_infra.audit.recording.refusals import refusal_record


def _redriven(event: DeliveryRedriven, contexts: AuditContexts) -> AuditRecord:
    facts = {"delivery": {"consumer": event.redriven.consumer, "event": str(event.redriven.event_id)}}
    deed = Deed(DELIVERY_REDRIVEN, subject=Subject("delivery", event.delivery_id))
    return make_record(event.stamp, deed, facts, contexts)


RECORDS: Final[Records] = {DeliveryRedriven: _redriven, CommandRefused: refusal_record}
