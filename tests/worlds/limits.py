"""The limits of a bank, in memory or with a database."""

from bankcore.limits.service import LimitService
from bankcore.limits.set_limits import SetLimits
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.limits import in_memory_limits
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.limits.store import SqlLimitQueries, limit_units
from tests.worlds.sql_bank import SqlBank


def limits_of(bank: InMemoryBank | SqlBank) -> LimitService:
    """What sets and reads them."""
    if isinstance(bank, InMemoryBank):
        return in_memory_limits(bank)
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    return LimitService(SetLimits(limit_units(transactions, bank.unit)), SqlLimitQueries(transactions))
