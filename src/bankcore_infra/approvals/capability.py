"""Approvals as a capability: one person wants a movement, another one approves it."""

from collections.abc import Iterable
from typing import Final

from bankcore.ledger.verification import Finding
from bankcore_infra.capability import Capability, Makers
from bankcore_infra.db.tenant_connection import TenantConnection


def _services() -> Makers:
    from bankcore_infra.approvals.services import SERVICES

    return SERVICES


def _verify(connection: TenantConnection) -> Iterable[Finding]:
    from bankcore_infra.approvals.proof import PROOF

    return PROOF.verify(connection)


APPROVALS: Final = Capability(name="approvals", late_services=_services, verify=_verify)
