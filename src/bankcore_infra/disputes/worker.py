"""The worker of disputes: heeds what providers tell of disputes, and asks for those that are open each day."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from bankcore.disputes.follow import FollowDisputes
from bankcore.identifiers import TenantId
from bankcore.ledger.service import LedgerService
from bankcore.payments.open_accounts import OpenProviderAccounts
from bankcore.payments.postings import ProviderAccount
from bankcore_infra.capability import BankParts
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.disputes.unit import SqlDisputeUnits
from bankcore_infra.encryption.capability import key_encryption
from bankcore_infra.ledger.queries import SqlLedgerQueries
from bankcore_infra.ledger.unit import SqlUnitsOfWork
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.payments.follow_worker import FollowWorker
from bankcore_infra.payments.wiring import providers_of
from bankcore_infra.tenancy.directory import SqlTenantDirectory

_LOG: Final = logger_of("disputes")


def dispute_steps(follow: FollowDisputes) -> Sequence[Callable[[], bool]]:
    """What there is to do for one tenant."""

    def heed_next() -> bool:
        notice = follow.heed_next()
        if notice is not None:
            _LOG.info(LogMessage("notice of a dispute was heeded", config=str(notice.config_id), tries=notice.tries))
        return notice is not None

    def ask_next() -> bool:
        dispute = follow.ask_next()
        if dispute is not None:
            _LOG.info(LogMessage("dispute was asked for", dispute=str(dispute.id)))
        return dispute is not None

    return (heed_next, ask_next)


def dispute_worker(parts: BankParts) -> FollowWorker:
    """A worker for one thread."""
    keys = key_encryption(parts)

    @cache
    def steps_of(tenant_id: TenantId) -> Sequence[Callable[[], bool]]:
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
        return dispute_steps(follow)

    return FollowWorker("disputes", SqlTenantDirectory(parts.database), steps_of)
