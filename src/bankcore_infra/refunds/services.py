"""What refunds offer to one tenant; it is loaded when somebody asks for it."""

from typing import Final

from bankcore.payments.circuits import Circuits
from bankcore.payments.ports import Providers, RefundedAmounts
from bankcore.refunds.create import RefundPayments
from bankcore.refunds.decide import DecideRefunds
from bankcore.refunds.ports import RefundQueries
from bankcore_infra.capability import Makers, TenantParts
from bankcore_infra.refunds.unit import SqlRefundQueries, SqlRefundUnits


def _refund(parts: TenantParts) -> RefundPayments:
    return RefundPayments(
        tenant_id=parts.tenant_id,
        units=SqlRefundUnits(parts.transactions, parts.bank.unit),
        providers=parts.get(Providers),
        circuits=parts.get(Circuits),
        new_id=parts.bank.unit.ids.new_id,
    )


def _decide(parts: TenantParts) -> DecideRefunds:
    return DecideRefunds(SqlRefundUnits(parts.transactions, parts.bank.unit))


def _queries(parts: TenantParts) -> RefundQueries:
    return SqlRefundQueries(parts.transactions)


SERVICES: Final[Makers] = {
    RefundPayments: _refund,
    DecideRefunds: _decide,
    RefundQueries: _queries,
    RefundedAmounts: _queries,
}
