"""What disbursements offer to one tenant; it is loaded when somebody asks for it."""

from typing import Final

from bankcore.disbursements.ports import DisbursementQueries
from bankcore.disbursements.request import RequestDisbursements
from bankcore.disbursements.service import DecideDisbursements
from bankcore.encryption.key_encryption import KeyEncryption
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService
from bankcore.payments.open_accounts import OpenProviderAccounts
from bankcore.payments.ports import Providers
from bankcore_infra.capability import Makers, TenantParts
from bankcore_infra.disbursements.unit import SqlDisbursementQueries, SqlDisbursementUnits
from bankcore_infra.encryption.secret_store import SecretStore


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
