"""Idempotency keys as a capability: the job that forgets them."""

from collections.abc import Sequence
from datetime import time
from typing import Final

from bankcore.identifiers import TenantId
from bankcore_infra.capability import BankParts, Capability
from bankcore_infra.schedule import NIGHTLY_ZONE, DailyJob, KeepAlive


def _jobs(parts: BankParts) -> Sequence[DailyJob]:
    from bankcore_infra.idempotency.reaper import reap_expired_keys

    def reap(tenant_id: TenantId, keep_alive: KeepAlive) -> None:
        reap_expired_keys(parts.database, tenant_id, keep_alive)

    return (DailyJob(name="idempotency_reaper", at=time(3, 0), zone=NIGHTLY_ZONE, run=reap),)


IDEMPOTENCY: Final = Capability(name="idempotency", jobs=_jobs)
