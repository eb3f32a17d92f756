"""Follows disputes: a worker that heeds what providers tell of them, and asks for those that are open each day."""

from collections.abc import Collection
from functools import cache

from bankcore.disputes.disputes import PaymentDispute
from bankcore.disputes.follow import FollowDisputes
from bankcore.identifiers import TenantId
from bankcore.ledger.service import LedgerService
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.open_accounts import OpenProviderAccounts
from bankcore.payments.postings import ProviderAccount
from bankcore_infra.capability import BankParts
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.disputes.unit import SqlDisputeUnits
from bankcore_infra.encryption.capability import key_encryption
from bankcore_infra.ledger.queries import SqlLedgerQueries
from bankcore_infra.ledger.unit import SqlUnitsOfWork
from bankcore_infra.log_messages import LogMessage
from bankcore_infra.payments.wiring import providers_of
from bankcore_infra.payments.worker import ProviderWorker, Question, TenantWork
from bankcore_infra.tenancy.directory import SqlTenantDirectory


def dispute_work(follow: FollowDisputes) -> TenantWork:
    """What there is to do about the disputes of one tenant."""

    def take(passing_over: Collection[ProviderConfigId]) -> Question | None:
        due = follow.take_next(passing_over=passing_over)
        return None if due is None else Question(due.config_id, lambda: _ask_about(follow, due))

    return TenantWork(follow.heed_next, take)


def dispute_worker(parts: BankParts) -> ProviderWorker:
    """A worker for one thread."""
    keys = key_encryption(parts)

    @cache
    def work_of(tenant_id: TenantId) -> TenantWork:
        transactions, unit = OwnTransactions(parts.database, tenant_id), parts.unit
        ledger = LedgerService(
            tenant_id, SqlUnitsOfWork(transactions, parts.signals), unit.ids, key_lifetime=unit.key_lifetime
        )
        follow = FollowDisputes(
            tenant_id=tenant_id,
            units=SqlDisputeUnits(transactions, unit),
            providers=providers_of(transactions, parts, keys),
            open_accounts=OpenProviderAccounts(
                tenant_id, ledger, SqlLedgerQueries(transactions), tuple(ProviderAccount)
            ),
        )
        return dispute_work(follow)

    return ProviderWorker("disputes", SqlTenantDirectory(parts.database), work_of)


def _ask_about(follow: FollowDisputes, due: PaymentDispute) -> LogMessage:
    follow.ask_about(due)
    return LogMessage("dispute was asked for", dispute=str(due.id))
