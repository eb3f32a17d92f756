"""Second factors as a capability: users begin, confirm and remove theirs, and admins reset them."""

from typing import Final

from bankcore.identity.services import IdentityDirectory
from bankcore.second_factor.services import SecondFactorServices
from bankcore_infra.capability import Capability, TenantParts


def _services(parts: TenantParts) -> SecondFactorServices:
    from bankcore.second_factor.services import second_factor_services
    from bankcore_infra.second_factor.qr_codes import SvgCodes

    tenant = parts.bank.tenant_names.find_by_id(parts.tenant_id)
    if tenant is None:
        raise LookupError(f"there is no tenant {parts.tenant_id}")
    return second_factor_services(parts.shared.get(IdentityDirectory).services_of(tenant), SvgCodes())


SECOND_FACTOR: Final = Capability(name="second_factor", services={SecondFactorServices: _services})
