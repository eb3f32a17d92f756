"""Payments as a capability: merchants create them, providers tell of them, a loop of every worker asks for the rest."""

from collections.abc import Iterable, Sequence
from datetime import time
from typing import Final

from bankcore.identifiers import TenantId
from bankcore.ledger.verification import Finding
from bankcore_infra.capability import BankParts, Capability, Makers
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.payments.settings import PaymentSettings
from bankcore_infra.providers.watching import OrderWatchers
from bankcore_infra.schedule import NIGHTLY_ZONE, DailyJob, KeepAlive, Loop


def _services() -> Makers:
    from bankcore_infra.payments.services import SERVICES

    return SERVICES


def _jobs(parts: BankParts) -> Sequence[DailyJob]:
    from bankcore_infra.payments.emptying import empty_notices

    def empty(tenant_id: TenantId, keep_alive: KeepAlive) -> None:
        empty_notices(parts.database, tenant_id, keep_alive)

    return (DailyJob(name="notice_emptying", at=time(5, 0), zone=NIGHTLY_ZONE, run=empty),)


def _loops(parts: BankParts) -> Sequence[Loop]:
    from bankcore_infra.payments.following import payment_worker

    return (payment_worker(parts).run,)


def _verify(connection: TenantConnection) -> Iterable[Finding]:
    from bankcore_infra.payments.proof import PROOF

    return PROOF.verify(connection)


PAYMENTS: Final = Capability(
    name="payments",
    settings=PaymentSettings,
    shared={OrderWatchers: lambda _parts: OrderWatchers()},
    late_services=_services,
    jobs=_jobs,
    loops=_loops,
    verify=_verify,
)
