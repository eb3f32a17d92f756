"""Notifications as a capability: recorded as events are consumed, sent by a loop of their own."""

from collections.abc import Sequence
from datetime import time
from typing import Final

from bankcore.identifiers import TenantId
from bankcore.notifications.service import NotificationService
from bankcore_infra.capability import BankParts, Capability, TenantParts
from bankcore_infra.consumers import Consumer
from bankcore_infra.notifications.settings import NotificationSettings
from bankcore_infra.schedule import NIGHTLY_ZONE, DailyJob, KeepAlive, Loop


def _service(parts: TenantParts) -> NotificationService:
    from bankcore_infra.notifications.wiring import notification_service

    return notification_service(parts.transactions, parts.bank.unit)


def _consumers(parts: BankParts) -> Sequence[Consumer]:
    from bankcore_infra.notifications.wiring import notification_processor

    return (notification_processor(parts.unit, parts.settings.of(NotificationSettings)),)


def _jobs(parts: BankParts) -> Sequence[DailyJob]:
    from bankcore_infra.notifications.pruning import prune_notifications

    kept = parts.settings.of(NotificationSettings).notifications_kept

    def prune(tenant_id: TenantId, keep_alive: KeepAlive) -> None:
        prune_notifications(parts.database, tenant_id, keep_alive, older_than=kept)

    return (DailyJob(name="notification_pruning", at=time(4, 15), zone=NIGHTLY_ZONE, run=prune),)


def _loops(parts: BankParts) -> Sequence[Loop]:
    from bankcore_infra.identity.resets import open_reset_secrets
    from bankcore_infra.notifications.wiring import notification_sender

    secrets = open_reset_secrets(parts.keys_dir)
    return (notification_sender(parts.database, parts.unit, parts.settings.of(NotificationSettings), secrets).run,)


NOTIFICATIONS: Final = Capability(
    name="notifications",
    settings=NotificationSettings,
    services={NotificationService: _service},
    consumers=_consumers,
    jobs=_jobs,
    loops=_loops,
)
