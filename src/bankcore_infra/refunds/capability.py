"""Refunds as a capability: merchants give payments back, and a loop of every worker asks what became of each refund."""

from collections.abc import Iterable, Sequence
from typing import Final

from bankcore.ledger.verification import Finding
from bankcore_infra.capability import BankParts, Capability, Makers
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.schedule import Loop


def _services() -> Makers:
    from bankcore_infra.refunds.services import SERVICES

    return SERVICES


def _loops(parts: BankParts) -> Sequence[Loop]:
    from bankcore_infra.refunds.following import refund_worker

    return (refund_worker(parts).run,)


def _verify(connection: TenantConnection) -> Iterable[Finding]:
    from bankcore_infra.refunds.proof import PROOF

    return PROOF.verify(connection)


REFUNDS: Final = Capability(name="refunds", late_services=_services, loops=_loops, verify=_verify)
