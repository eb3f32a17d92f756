"""Answers of providers that come at the same time are settled in one transaction."""

from bankcore.identifiers import TenantId
from bankcore.payments.payments import Payment
from bankcore.payments.settling import SettleAlone, Settlement, SettlePayment, settle_together
from bankcore_infra.db.engine import Database
from bankcore_infra.db.group_commit import GroupCommit, PostTogether
from bankcore_infra.db.grouped import grouped
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.db.waiting import is_for_a_task
from bankcore_infra.payments.unit import SqlPaymentUnits
from bankcore_infra.units import UnitParts


def settle_together_with_others(database: Database, tenant_id: TenantId, parts: UnitParts) -> SettlePayment:
    """Settles payments of that tenant: all of one provider's touch one account of ours, which whoever settles alone
    holds until its commit.
    """

    def posting(transactions: OwnTransactions) -> PostTogether[Settlement, Payment]:
        units = SqlPaymentUnits(transactions, parts)
        return lambda settlements: units.run(lambda unit: settle_together(unit, settlements), resubmittable=True)

    group: GroupCommit[Settlement, Payment] = grouped(database, tenant_id, posting)
    alone = SettleAlone(SqlPaymentUnits(OwnTransactions(database, tenant_id), parts))
    # A task of asyncio cannot stand in a queue of threads.
    return lambda settlement: alone(settlement) if is_for_a_task() else group.post(settlement)
