"""What disbursements offer to one tenant; it is loaded when somebody asks for it."""

from functools import cache
from typing import Final

from bankcore.disbursements.follow import FollowDisbursements
from bankcore.disbursements.heed import HeedPayoutNotices
from bankcore.disbursements.ports import DisbursementQueries
from bankcore.disbursements.request import RequestDisbursements
from bankcore.disbursements.service import DecideDisbursements
from bankcore.encryption.key_encryption import KeyEncryption
from bankcore.identifiers import TenantId
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService
from bankcore.payments.open_accounts import OpenProviderAccounts
from bankcore.payments.ports import Providers
from bankcore_infra.capability import BankParts, Makers, TenantParts
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.disbursements.unit import SqlDisbursementQueries, SqlDisbursementUnits
from bankcore_infra.disbursements.worker import DisbursementWork, DisbursementWorker
from bankcore_infra.encryption.capability import key_encryption
from bankcore_infra.encryption.secret_store import SecretStore
from bankcore_infra.payments.circuits import circuits_of
from bankcore_infra.payments.unit import SqlPaymentUnits
from bankcore_infra.payments.wiring import providers_of
from bankcore_infra.tenancy.directory import SqlTenantDirectory


def _units(parts: TenantParts) -> SqlDisbursementUnits:
    return SqlDisbursementUnits(parts.transactions, parts.bank.unit, SecretStore(parts.shared.get(KeyEncryption)))


def _request(parts: TenantParts) -> RequestDisbursements:
    queries = parts.get(LedgerQueries)
    return RequestDisbursements(
        units=_units(parts),
        accounts=queries,
        providers=parts.get(Providers),
        open_accounts=OpenProviderAccounts(parts.tenant_id, parts.get(LedgerService), queries),
        new_id=parts.bank.unit.ids.new_id,
    )


def _decide(parts: TenantParts) -> DecideDisbursements:
    return DecideDisbursements(parts.tenant_id, _units(parts))


def _queries(parts: TenantParts) -> DisbursementQueries:
    return SqlDisbursementQueries(parts.transactions)


SERVICES: Final[Makers] = {
    RequestDisbursements: _request,
    DecideDisbursements: _decide,
    DisbursementQueries: _queries,
}


def disbursement_worker(parts: BankParts) -> DisbursementWorker:
    """A worker for one thread."""
    keys, circuits = key_encryption(parts), circuits_of(parts.redis_url)

    @cache
    def work_of(tenant_id: TenantId) -> DisbursementWork:
        transactions = OwnTransactions(parts.database, tenant_id)
        units = SqlDisbursementUnits(transactions, parts.unit, SecretStore(keys))
        providers = providers_of(transactions, parts, keys)
        heed = HeedPayoutNotices(SqlPaymentUnits(transactions, parts.unit), units, providers)
        return DisbursementWork(heed, FollowDisbursements(tenant_id, units, providers, circuits))

    return DisbursementWorker(SqlTenantDirectory(parts.database), work_of)
