"""Reconciliation as a capability: once a day, and whenever an operator asks."""

from collections.abc import Sequence
from typing import Final

from bankcore.reconciliation.reconciliations import Reconciliations
from bankcore_infra.capability import BankParts, Capability, TenantParts
from bankcore_infra.schedule import DailyJob


def _reconciliations(parts: TenantParts) -> Reconciliations:
    from bankcore_infra.reconciliation.reconciliations import SqlReconciliations

    return SqlReconciliations(parts.transactions, parts.bank.unit)


def _jobs(parts: BankParts) -> Sequence[DailyJob]:
    from bankcore_infra.reconciliation.job import reconciliation_job

    return (reconciliation_job(parts.database),)


RECONCILIATIONS: Final = Capability(name="reconciliation", services={Reconciliations: _reconciliations}, jobs=_jobs)
