"""Puts payouts together, for the worker and the command line alike."""

from bankcore.identifiers import TenantId
from bankcore.payouts.pay import CHUNK, PayItems
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.payouts.unit import SqlPayoutUnits
from bankcore_infra.payouts.worker import PayoutWorker
from bankcore_infra.tenancy.directory import SqlTenantDirectory
from bankcore_infra.units import UnitParts


def payout_worker(database: Database, parts: UnitParts, *, chunk: int = CHUNK) -> PayoutWorker:
    """A worker for one thread."""

    def paying_of(tenant_id: TenantId) -> PayItems:
        return PayItems(SqlPayoutUnits(OwnTransactions(database, tenant_id), parts), chunk)

    return PayoutWorker(SqlTenantDirectory(database), paying_of)
