"""Audit records of webhooks. Of an address they have the name of the server: the rest may be a secret of somebody."""

from typing import Final
from urllib.parse import urlsplit

from bankcore.actions import Subject
from bankcore.events.stamps import CommandRefused
from bankcore.webhooks.events import WebhookEndpointChanged
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, Records, make_record
from bankcore_infra.audit.recording.refusals import refusal_record


def _changed(event: WebhookEndpointChanged, contexts: AuditContexts) -> AuditRecord:
    endpoint = event.endpoint
    facts: dict[str, CanonicalValue] = {
        "host": urlsplit(endpoint.url).netloc,
        "events": list(endpoint.events),
        "enabled": endpoint.is_enabled,
        **event.facts,
    }
    deed = Deed(event.action, subject=Subject("webhook_endpoint", endpoint.id))
    return make_record(event.stamp, deed, {"webhookEndpoint": facts}, contexts)


RECORDS: Final[Records] = {WebhookEndpointChanged: _changed, CommandRefused: refusal_record}
