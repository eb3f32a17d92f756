"""Follows payments: a worker that heeds what providers tell of them, and asks for the rest."""

from collections.abc import Collection
from functools import cache

from bankcore.identifiers import TenantId
from bankcore.payments.ask import AskProviders
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.heed import HeedNotices
from bankcore.payments.payments import Payment
from bankcore.payments.release import ReleasePayments
from bankcore_infra.capability import BankParts
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.encryption.capability import key_encryption
from bankcore_infra.log_messages import LogMessage
from bankcore_infra.payments.circuits import circuits_of
from bankcore_infra.payments.unit import SqlPaymentUnits
from bankcore_infra.payments.wiring import providers_of
from bankcore_infra.payments.worker import ProviderWorker, Question, TenantWork
from bankcore_infra.tenancy.directory import SqlTenantDirectory


def payment_work(heed: HeedNotices, ask: AskProviders) -> TenantWork:
    """What there is to do about the payments of one tenant."""

    def take(passing_over: Collection[ProviderConfigId]) -> Question | None:
        taken = ask.take_next(passing_over=passing_over)
        return None if taken is None else Question(taken.attempt.config_id, lambda: _ask_about(ask, taken))

    return TenantWork(heed.heed_next, take)


def payment_worker(parts: BankParts) -> ProviderWorker:
    """A worker for one thread."""
    keys, circuits = key_encryption(parts), circuits_of(parts.redis_url)

    @cache
    def work_of(tenant_id: TenantId) -> TenantWork:
        transactions = OwnTransactions(parts.database, tenant_id)
        units, providers = SqlPaymentUnits(transactions, parts.unit), providers_of(transactions, parts, keys)
        ask = AskProviders(units, providers, circuits, ReleasePayments(units, providers))
        return payment_work(HeedNotices(units, providers), ask)

    return ProviderWorker("payments", SqlTenantDirectory(parts.database), work_of)


def _ask_about(ask: AskProviders, taken: Payment) -> LogMessage:
    payment = ask.ask_about(taken).payment
    said = {"status": payment.status.value, "attempt": payment.attempt.status.value}
    return LogMessage("payment was asked for", payment=str(payment.id), **said)
