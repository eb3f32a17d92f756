"""The worker of refunds: heeds what providers tell of refunds, and asks them for the rest."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from bankcore.identifiers import TenantId
from bankcore.refunds.ask import AskRefunds
from bankcore.refunds.heed import HeedRefundNotices
from bankcore_infra.capability import BankParts
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.encryption.capability import key_encryption
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.payments.circuits import circuits_of
from bankcore_infra.payments.follow_worker import FollowWorker
from bankcore_infra.payments.wiring import providers_of
from bankcore_infra.refunds.unit import SqlRefundUnits
from bankcore_infra.tenancy.directory import SqlTenantDirectory

_LOG: Final = logger_of("refunds")


def refund_steps(heed: HeedRefundNotices, ask: AskRefunds) -> Sequence[Callable[[], bool]]:
    """What there is to do for one tenant."""

    def heed_next() -> bool:
        notice = heed.heed_next()
        if notice is not None:
            _LOG.info(LogMessage("notice of a refund was heeded", config=str(notice.config_id), tries=notice.tries))
        return notice is not None

    def ask_next() -> bool:
        refund = ask.ask_next()
        if refund is not None:
            _LOG.info(LogMessage("refund was asked for", refund=str(refund.id), status=refund.stage.value))
        return refund is not None

    return (heed_next, ask_next)


def refund_worker(parts: BankParts) -> FollowWorker:
    """A worker for one thread."""
    keys, circuits = key_encryption(parts), circuits_of(parts.redis_url)

    @cache
    def steps_of(tenant_id: TenantId) -> Sequence[Callable[[], bool]]:
        transactions = OwnTransactions(parts.database, tenant_id)
        units, providers = SqlRefundUnits(transactions, parts.unit), providers_of(transactions, parts, keys)
        return refund_steps(HeedRefundNotices(units, providers), AskRefunds(units, providers, circuits))

    return FollowWorker("refunds", SqlTenantDirectory(parts.database), steps_of)
