"""What second factors offer to one tenant; it is loaded when somebody asks for it."""

from typing import Final

from bankcore.identity.services import IdentityDirectory
from bankcore.second_factor.services import SecondFactorServices, second_factor_services
from bankcore_infra.capability import Makers, TenantParts
from bankcore_infra.second_factor.qr_codes import SvgCodes


def _second_factors(parts: TenantParts) -> SecondFactorServices:
    tenant = parts.bank.tenant_names.find_by_id(parts.tenant_id)
    if tenant is None:
        raise LookupError(f"there is no tenant {parts.tenant_id}")
    return second_factor_services(parts.shared.get(IdentityDirectory).services_of(tenant), SvgCodes())


SERVICES: Final[Makers] = {SecondFactorServices: _second_factors}
