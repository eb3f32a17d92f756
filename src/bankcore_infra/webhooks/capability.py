"""Webhooks as a capability: owed as events are consumed, sent by a loop of every worker."""

from collections.abc import Sequence
from datetime import time
from typing import Final

from bankcore.encryption.key_encryption import KeyEncryption
from bankcore.identifiers import TenantId
from bankcore.webhooks.ports import WebhookQueries
from bankcore.webhooks.service import Webhooks
from bankcore_infra.capability import BankParts, Capability, TenantParts
from bankcore_infra.consumers import Consumer
from bankcore_infra.encryption.capability import key_encryption
from bankcore_infra.schedule import NIGHTLY_ZONE, DailyJob, KeepAlive, Loop
from bankcore_infra.webhooks.address_check import AddressCheck
from bankcore_infra.webhooks.settings import WebhookSettings


def _check(parts: BankParts) -> AddressCheck:
    return AddressCheck(local=parts.settings.of(WebhookSettings).webhooks_local)


def _webhooks(parts: TenantParts) -> Webhooks:
    from bankcore_infra.webhooks.wiring import webhooks_of

    shared = parts.shared
    return webhooks_of(parts.transactions, parts.bank.unit, shared.get(KeyEncryption), shared.get(AddressCheck))


def _queries(parts: TenantParts) -> WebhookQueries:
    from bankcore_infra.webhooks.unit import SqlWebhookQueries

    return SqlWebhookQueries(parts.transactions)


def _consumers(_parts: BankParts) -> Sequence[Consumer]:
    from bankcore_infra.webhooks.processor import WebhookProcessor

    return (WebhookProcessor(),)


def _jobs(parts: BankParts) -> Sequence[DailyJob]:
    from bankcore_infra.webhooks.pruning import prune_webhooks

    def prune(tenant_id: TenantId, keep_alive: KeepAlive) -> None:
        prune_webhooks(parts.database, tenant_id, keep_alive)

    return (DailyJob(name="webhook_pruning", at=time(4, 45), zone=NIGHTLY_ZONE, run=prune),)


def _loops(parts: BankParts) -> Sequence[Loop]:
    from bankcore_infra.webhooks.sending import webhook_sender
    from bankcore_infra.webhooks.tally import WebhookTally

    local, watch = parts.settings.of(WebhookSettings).webhooks_local, WebhookTally(parts.redis_url).add
    return (webhook_sender(parts.database, parts.unit, key_encryption(parts), local=local, watch=watch).run,)


WEBHOOKS: Final = Capability(
    name="webhooks",
    settings=WebhookSettings,
    shared={AddressCheck: _check},
    services={Webhooks: _webhooks, WebhookQueries: _queries},
    consumers=_consumers,
    jobs=_jobs,
    loops=_loops,
)
