"""Limits as a capability."""

from typing import Final

from bankcore.limits.policies import LimitQueries
from bankcore.limits.service import LimitService
from bankcore.limits.set_limits import SetLimits
from bankcore_infra.capability import Capability, TenantParts


def _set_limits(parts: TenantParts) -> SetLimits:
    from bankcore_infra.limits.store import limit_units

    return SetLimits(limit_units(parts.transactions, parts.bank.unit))


def _queries(parts: TenantParts) -> LimitQueries:
    from bankcore_infra.limits.store import SqlLimitQueries

    return SqlLimitQueries(parts.transactions)


def _service(parts: TenantParts) -> LimitService:
    return LimitService(parts.get(SetLimits), parts.get(LimitQueries))


LIMITS: Final = Capability(
    name="limits", services={SetLimits: _set_limits, LimitQueries: _queries, LimitService: _service}
)
