"""The ledger as a capability."""

from typing import Final

from bankcore.ledger.account_service import AccountService
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService
from bankcore_infra.capability import Capability, TenantParts
from bankcore_infra.ledger.queries import SqlLedgerQueries
from bankcore_infra.ledger.sql_ledger import SqlLedger


def _sql_ledger(parts: TenantParts) -> SqlLedger:
    bank = parts.bank
    return SqlLedger(
        parts.tenant_id, bank.database, bank.signals, bank.attempts, key_lifetime=bank.settings.key_lifetime
    )


def _ledger(parts: TenantParts) -> LedgerService:
    return parts.get(SqlLedger)


def _queries(parts: TenantParts) -> LedgerQueries:
    return SqlLedgerQueries(parts.transactions)


def _accounts(parts: TenantParts) -> AccountService:
    return AccountService(parts.get(SqlLedger), parts.get(LedgerQueries))


LEDGER: Final = Capability(
    name="ledger",
    services={SqlLedger: _sql_ledger, LedgerService: _ledger, LedgerQueries: _queries, AccountService: _accounts},
)
