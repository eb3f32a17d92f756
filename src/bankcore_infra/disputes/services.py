"""What disputes offer to one tenant; it is loaded when somebody asks for it."""

from typing import Final

from bankcore.disputes.ports import DisputeQueries
from bankcore_infra.capability import Makers, TenantParts
from bankcore_infra.disputes.unit import SqlDisputeQueries


def _queries(parts: TenantParts) -> DisputeQueries:
    return SqlDisputeQueries(parts.transactions)


SERVICES: Final[Makers] = {DisputeQueries: _queries}
