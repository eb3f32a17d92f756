"""Disbursements as a capability: people request and approve them, a loop of every worker sends and follows them."""

from collections.abc import Iterable, Sequence
from typing import Final

from bankcore.ledger.verification import Finding
from bankcore_infra.capability import BankParts, Capability, Makers
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.schedule import Loop


def _services() -> Makers:
    from bankcore_infra.disbursements.services import SERVICES

    return SERVICES


def _loops(parts: BankParts) -> Sequence[Loop]:
    from bankcore_infra.disbursements.following import disbursement_worker

    return (disbursement_worker(parts).run,)


def _verify(connection: TenantConnection) -> Iterable[Finding]:
    from bankcore_infra.disbursements.proof import PROOF

    return PROOF.verify(connection)


DISBURSEMENTS: Final = Capability(name="disbursements", late_services=_services, loops=_loops, verify=_verify)
