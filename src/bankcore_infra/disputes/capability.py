"""Disputes as a capability: a loop of every worker follows what payers' banks take back."""

from collections.abc import Iterable, Sequence
from typing import Final

from bankcore.ledger.verification import Finding
from bankcore_infra.capability import BankParts, Capability, Makers
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.schedule import Loop


def _services() -> Makers:
    from bankcore_infra.disputes.services import SERVICES

    return SERVICES


def _loops(parts: BankParts) -> Sequence[Loop]:
    from bankcore_infra.disputes.following import dispute_worker

    return (dispute_worker(parts).run,)


def _verify(connection: TenantConnection) -> Iterable[Finding]:
    from bankcore_infra.disputes.proof import PROOF

    return PROOF.verify(connection)


DISPUTES: Final = Capability(name="disputes", late_services=_services, loops=_loops, verify=_verify)
