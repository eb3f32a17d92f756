"""Audit records of limits: who set which, and why."""

from typing import Final

from bankcore.actions import Subject
from bankcore.events.stamps import CommandRefused
from bankcore.ledger.stored_limits import policy_document
from bankcore.limits.actions import LIMITS_CHANGED
from bankcore.limits.policies import LimitsChanged
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, Records, make_record
from bankcore_infra.audit.recording.refusals import refusal_record


def _changed(event: LimitsChanged, contexts: AuditContexts) -> AuditRecord:
    account_id = event.account_id
    whose = Subject("tenant", event.stamp.tenant_id) if account_id is None else Subject("account", account_id)
    deed = Deed(LIMITS_CHANGED, subject=whose, account_ids=[] if account_id is None else [account_id])
    told: dict[str, CanonicalValue] = {"policy": policy_document(event.policy), "version": event.version}
    facts: dict[str, CanonicalValue] = {"limits": told}
    if event.reason is not None:
        facts["reason"] = event.reason
    return make_record(event.stamp, deed, facts, contexts)


RECORDS: Final[Records] = {LimitsChanged: _changed, CommandRefused: refusal_record}
