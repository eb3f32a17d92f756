"""Audit records of API keys: what each may do, and from where; nothing that a key could be made of."""

from typing import Final

from bankcore.actions import Subject
from bankcore.api_keys.ports import ApiKeyChanged
from bankcore.clock import instant_text
from bankcore.events.stamps import CommandRefused
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, Records, make_record
from bankcore_infra.audit.recording.refusals import refusal_record


def _changed(event: ApiKeyChanged, contexts: AuditContexts) -> AuditRecord:
    key = event.key
    facts: dict[str, CanonicalValue] = {
        "service": str(key.service_id),
        "name": key.name,
        "scopes": sorted(key.scopes),
        "networks": list(key.networks),
        "expiresAt": None if key.expires_at is None else instant_text(key.expires_at),
    }
    return make_record(event.stamp, Deed(event.action, subject=Subject("api_key", key.id)), {"apiKey": facts}, contexts)


RECORDS: Final[Records] = {ApiKeyChanged: _changed, CommandRefused: refusal_record}
