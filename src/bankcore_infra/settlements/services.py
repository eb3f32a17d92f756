"""What settlements offer to one tenant; it is loaded when somebody asks for it."""

from typing import Final

from bankcore.settlements.compare import CompareSettlement
from bankcore_infra.capability import Makers, TenantParts
from bankcore_infra.settlements.queries import SqlBookedPayments


def _compare(parts: TenantParts) -> CompareSettlement:
    return CompareSettlement(SqlBookedPayments(parts.transactions))


SERVICES: Final[Makers] = {CompareSettlement: _compare}
