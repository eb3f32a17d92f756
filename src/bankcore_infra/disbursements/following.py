"""Follows disbursements: a worker that heeds what providers tell of them, sends what was approved and asks for what was
sent.
"""

from collections.abc import Collection
from functools import cache

from bankcore.disbursements.disbursements import Disbursement
from bankcore.disbursements.follow import FollowDisbursements
from bankcore.disbursements.heed import HeedPayoutNotices
from bankcore.identifiers import TenantId
from bankcore.payments.configurations import ProviderConfigId
from bankcore_infra.capability import BankParts
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.disbursements.unit import SqlDisbursementUnits
from bankcore_infra.encryption.capability import key_encryption
from bankcore_infra.encryption.secret_store import SecretStore
from bankcore_infra.log_messages import LogMessage
from bankcore_infra.payments.circuits import circuits_of
from bankcore_infra.payments.unit import SqlPaymentUnits
from bankcore_infra.payments.wiring import providers_of
from bankcore_infra.payments.worker import ProviderWorker, Question, TenantWork
from bankcore_infra.tenancy.directory import SqlTenantDirectory


def disbursement_work(heed: HeedPayoutNotices, follow: FollowDisbursements) -> TenantWork:
    """What there is to do about the disbursements of one tenant."""

    def take(passing_over: Collection[ProviderConfigId]) -> Question | None:
        taken = follow.take_next(passing_over=passing_over)
        return None if taken is None else Question(taken.config_id, lambda: _follow(follow, taken))

    return TenantWork(heed.heed_next, take)


def disbursement_worker(parts: BankParts) -> ProviderWorker:
    """A worker for one thread."""
    keys, circuits = key_encryption(parts), circuits_of(parts.redis_url)

    @cache
    def work_of(tenant_id: TenantId) -> TenantWork:
        transactions = OwnTransactions(parts.database, tenant_id)
        units = SqlDisbursementUnits(transactions, parts.unit, SecretStore(keys))
        providers = providers_of(transactions, parts, keys)
        heed = HeedPayoutNotices(SqlPaymentUnits(transactions, parts.unit), units)
        return disbursement_work(heed, FollowDisbursements(tenant_id, units, providers, circuits))

    return ProviderWorker("disbursements", SqlTenantDirectory(parts.database), work_of)


def _follow(follow: FollowDisbursements, taken: Disbursement) -> LogMessage:
    followed = follow.follow(taken)
    return LogMessage("disbursement was followed", disbursement=str(followed.id), status=followed.status.value)
