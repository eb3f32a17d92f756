"""What disputes offer to one tenant; it is loaded when somebody asks for it."""

from typing import Final

from bankcore.disputes.ports import DisputeQueries
from bankcore.disputes.review import ResolveDisputes
from bankcore_infra.capability import Makers, TenantParts
from bankcore_infra.disputes.unit import SqlDisputeQueries, SqlDisputeUnits


def _queries(parts: TenantParts) -> DisputeQueries:
    return SqlDisputeQueries(parts.transactions)


def _resolve(parts: TenantParts) -> ResolveDisputes:
    return ResolveDisputes(SqlDisputeUnits(parts.transactions, parts.bank.unit))


SERVICES: Final[Makers] = {DisputeQueries: _queries, ResolveDisputes: _resolve}
