"""Audit records of tenants: what was set for one."""

from typing import Final

from bankcore.actions import Subject
from bankcore.tenancy.actions import TENANT_SETTING_CHANGED
from bankcore.tenancy.settings import TenantSettingChanged
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, Records, make_record


def _setting_changed(event: TenantSettingChanged, contexts: AuditContexts) -> AuditRecord:
    deed = Deed(TENANT_SETTING_CHANGED, subject=Subject("tenant", event.stamp.tenant_id))
    facts = {"setting": {"name": event.name, "before": event.before, "after": event.after}}
    return make_record(event.stamp, deed, facts, contexts)


RECORDS: Final[Records] = {TenantSettingChanged: _setting_changed}
