"""Follows refunds: a worker that heeds what providers tell of them, and asks for the rest."""

from collections.abc import Collection
from functools import cache

from bankcore.identifiers import TenantId
from bankcore.payments.configurations import ProviderConfigId
from bankcore.refunds.ask import AskRefunds, DueRefund
from bankcore.refunds.heed import HeedRefundNotices
from bankcore_infra.capability import BankParts
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.encryption.capability import key_encryption
from bankcore_infra.log_messages import LogMessage
from bankcore_infra.payments.circuits import circuits_of
from bankcore_infra.payments.wiring import providers_of
from bankcore_infra.payments.worker import ProviderWorker, Question, TenantWork
from bankcore_infra.refunds.unit import SqlRefundUnits
from bankcore_infra.tenancy.directory import SqlTenantDirectory


def refund_work(heed: HeedRefundNotices, ask: AskRefunds) -> TenantWork:
    """What there is to do about the refunds of one tenant."""

    def take(passing_over: Collection[ProviderConfigId]) -> Question | None:
        due = ask.take_next(passing_over=passing_over)
        return None if due is None else Question(due.payment.attempt.config_id, lambda: _ask_about(ask, due))

    return TenantWork(heed.heed_next, take)


def refund_worker(parts: BankParts) -> ProviderWorker:
    """A worker for one thread."""
    keys, circuits = key_encryption(parts), circuits_of(parts.redis_url)

    @cache
    def work_of(tenant_id: TenantId) -> TenantWork:
        transactions = OwnTransactions(parts.database, tenant_id)
        units, providers = SqlRefundUnits(transactions, parts.unit), providers_of(transactions, parts, keys)
        return refund_work(HeedRefundNotices(units, providers), AskRefunds(units, providers, circuits))

    return ProviderWorker("refunds", SqlTenantDirectory(parts.database), work_of)


def _ask_about(ask: AskRefunds, due: DueRefund) -> LogMessage:
    refund = ask.ask_about(due)
    return LogMessage("refund was asked for", refund=str(refund.id), status=refund.stage.value)
