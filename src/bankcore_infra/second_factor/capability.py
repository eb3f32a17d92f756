"""Second factors as a capability: users begin, confirm and remove theirs, and admins reset them."""

from collections.abc import Iterable
from typing import Final

from bankcore.identity.services import IdentityDirectory
from bankcore.ledger.verification import Finding
from bankcore.second_factor.services import SecondFactorServices
from bankcore_infra.capability import Capability, TenantParts
from bankcore_infra.db.tenant_connection import TenantConnection


def _services(parts: TenantParts) -> SecondFactorServices:
    from bankcore.second_factor.services import second_factor_services
    from bankcore_infra.second_factor.qr_codes import SvgCodes

    tenant = parts.bank.tenant_names.find_by_id(parts.tenant_id)
    if tenant is None:
        raise LookupError(f"there is no tenant {parts.tenant_id}")
    return second_factor_services(parts.shared.get(IdentityDirectory).services_of(tenant), SvgCodes())


def _verify(connection: TenantConnection) -> Iterable[Finding]:
    from bankcore_infra.second_factor.proof import verify_second_factors

    return verify_second_factors(connection)


SECOND_FACTOR: Final = Capability(name="second_factor", services={SecondFactorServices: _services}, verify=_verify)
