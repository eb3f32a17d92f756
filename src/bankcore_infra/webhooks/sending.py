"""Puts the sender together; apart from the rest, for it alone needs a client of HTTP."""

from collections.abc import Callable, Sequence
from functools import partial

from bankcore.encryption.key_encryption import KeyEncryption
from bankcore.webhooks.deliveries import WebhookAnswered
from bankcore_infra.clock import SystemClock
from bankcore_infra.db.engine import Database
from bankcore_infra.outgoing_http import OutgoingClient
from bankcore_infra.tenancy.directory import SqlTenantDirectory
from bankcore_infra.units import UnitParts
from bankcore_infra.webhooks.sender import TIMEOUT_S, WebhookSender
from bankcore_infra.webhooks.wiring import webhook_units


def webhook_sender(
    database: Database,
    parts: UnitParts,
    keys: KeyEncryption,
    *,
    local: bool,
    timeout_s: float = TIMEOUT_S,
    watch: Callable[[Sequence[WebhookAnswered]], None] = lambda _answers: None,
) -> WebhookSender:
    """A sender for one thread; `watch` is told what was recorded."""
    return WebhookSender(
        SqlTenantDirectory(database),
        lambda tenant_id: webhook_units(database, tenant_id, parts, keys),
        partial(OutgoingClient, local=local),
        SystemClock(),
        timeout_s=timeout_s,
        watch=watch,
    )
