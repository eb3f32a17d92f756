"""What approvals offer to one tenant; it is loaded when somebody asks for it."""

from typing import Final

from bankcore.approvals.ports import ApprovalQueries
from bankcore.approvals.service import Approvals
from bankcore_infra.approvals.unit import SqlApprovalQueries, SqlApprovalUnits
from bankcore_infra.capability import Makers, TenantParts


def _approvals(parts: TenantParts) -> Approvals:
    return Approvals(SqlApprovalUnits(parts.transactions, parts.bank.unit))


def _queries(parts: TenantParts) -> ApprovalQueries:
    return SqlApprovalQueries(parts.transactions)


SERVICES: Final[Makers] = {Approvals: _approvals, ApprovalQueries: _queries}
