"""A bank with everything that can be asked of one, in memory and on PostgreSQL, whose time a test moves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bankcore.fx.quotes import QuotePolicy
from bankcore.holds.service import HoldService
from bankcore.payouts.pay import PayItems
from bankcore.testing import InMemoryBank, in_memory_bank
from bankcore.testing.fx import FxServices, InMemoryRates, in_memory_fx
from bankcore.testing.payouts import PayoutServices, in_memory_payouts
from bankcore_infra.clock import SystemClock
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.holds.queries import SqlHoldQueries
from tests.contract.fx_adapters import postgresql_fx
from tests.contract.payout_adapters import postgresql_payouts
from tests.property.plain_bank import CHUNK, QUOTE_HOURS, RATES
from tests.worlds.sql_bank import ScratchDatabase, SqlBank, sql_bank

_POLICY: Final = QuotePolicy(lifetime=timedelta(hours=QUOTE_HOURS))
# Every instant that something ends at, so that moving them back is the same as time that goes by.
_INSTANTS: Final = {
    "accounts": ("held_until",),
    "holds": ("placed_at", "expires_at"),
    "fx_quotes": ("created_at", "expires_at"),
    "idempotency_keys": ("expires_at",),
    "payout_jobs": ("due_at",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeBank:
    """A tenant without accounts. `drifts` says that its time goes on by itself too, by less than anybody notices."""

    bank: InMemoryBank | SqlBank
    holds: HoldService
    fx: FxServices
    payouts: PayoutServices
    pay: PayItems
    wait: Callable[[timedelta], object]
    drifts: bool


def whole_bank_in_memory() -> WholeBank:
    """On the adapters that are shipped to users for their tests."""
    bank = in_memory_bank()
    fx, payouts = in_memory_fx(bank, _POLICY), in_memory_payouts(bank, chunk=CHUNK)
    _tell(fx.rates)
    return WholeBank(
        bank=bank,
        holds=bank.holds,
        fx=fx.services,
        payouts=payouts.services,
        pay=payouts.pay,
        wait=bank.clock.advance,
        drifts=False,
    )


class PostgresqlBanks:
    """Makes whole banks, each a tenant of its own, in one database."""

    def __init__(self, scratch: ScratchDatabase, database: Database) -> None:
        self._scratch = scratch
        self._database = database
        self._made = 0
        tables = [f"bankcore.{table}" for table in _INSTANTS]
        named = scratch.rows(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
            " WHERE tgenabled = 'A' AND tgrelid = ANY(%s::regclass[]::oid[])",
            tables,
        )
        off = [f"ALTER TABLE {table} DISABLE TRIGGER {name}" for table, name in named]
        on = [f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for table, name in named]
        moves = [
            f"UPDATE bankcore.{table} SET {', '.join(f'{name} = {name} - %(by)s' for name in names)}"
            " WHERE tenant_id = %(tenant)s"
            for table, names in _INSTANTS.items()
        ]
        self._script = [*off, *moves, *on]

    def __call__(self) -> WholeBank:
        """A bank of a new tenant."""
        self._made += 1
        bank = sql_bank(self._scratch, self._database, f"bank-{self._made}")
        rates = InMemoryRates(SystemClock())
        _tell(rates)
        units, payouts = postgresql_payouts(bank)
        return WholeBank(
            bank=bank,
            holds=HoldService(bank.ledger, SqlHoldQueries(OwnTransactions(bank.database, bank.tenant_id))),
            fx=postgresql_fx(bank, rates, _POLICY),
            payouts=payouts,
            pay=PayItems(units, CHUNK),
            wait=lambda duration: self._wait(bank, duration),
            drifts=True,
        )

    def _wait(self, bank: SqlBank, duration: timedelta) -> None:
        given = {"by": duration, "tenant": bank.tenant_id}
        with self._scratch.connection() as superuser, superuser.transaction():
            superuser.execute("SET LOCAL session_replication_role = replica")
            for statement in self._script:
                superuser.execute(statement.encode(), given if "%(by)s" in statement else None)


def _tell(rates: InMemoryRates) -> None:
    for pair, rate in RATES.items():
        rates.set_rate(pair, rate)
