"""Audit records of reconciliations: who asked for one."""

from typing import Final

from bankcore.events.stamps import CommandRefused
from bankcore.reconciliation.actions import RECONCILIATION_REQUESTED
from bankcore.reconciliation.request import ReconciliationRequested
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, Records, make_record
from bankcore_infra.audit.recording.refusals import refusal_record


def _requested(event: ReconciliationRequested, contexts: AuditContexts) -> AuditRecord:
    return make_record(event.stamp, Deed(RECONCILIATION_REQUESTED), {}, contexts)


RECORDS: Final[Records] = {ReconciliationRequested: _requested, CommandRefused: refusal_record}
