"""Second factors as a capability: users begin, confirm and remove theirs, and admins reset them."""

from collections.abc import Iterable
from typing import Final

from bankcore.ledger.verification import Finding
from bankcore_infra.capability import Capability, Makers
from bankcore_infra.db.tenant_connection import TenantConnection


def _services() -> Makers:
    from bankcore_infra.second_factor.services import SERVICES

    return SERVICES


def _verify(connection: TenantConnection) -> Iterable[Finding]:
    from bankcore_infra.second_factor.proof import verify_second_factors

    return verify_second_factors(connection)


SECOND_FACTOR: Final = Capability(name="second_factor", late_services=_services, verify=_verify)
