"""Holds as a capability."""

from typing import Final

from bankcore.holds.queries import HoldQueries
from bankcore.holds.service import HoldService
from bankcore.ledger.service import LedgerService
from bankcore_infra.capability import Capability, TenantParts


def _queries(parts: TenantParts) -> HoldQueries:
    from bankcore_infra.holds.queries import SqlHoldQueries

    return SqlHoldQueries(parts.transactions)


def _service(parts: TenantParts) -> HoldService:
    return HoldService(parts.get(LedgerService), parts.get(HoldQueries))


HOLDS: Final = Capability(name="holds", services={HoldQueries: _queries, HoldService: _service})
