"""A bank with everything that can be asked of one, in memory and on PostgreSQL, whose time a test moves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bankcore.clock import Clock
from bankcore.fx.quotes import QuotePolicy
from bankcore.holds.service import HoldService
from bankcore.identifiers import AccountId
from bankcore.ledger.limit_book import LimitStanding
from bankcore.limits.set_limits import SetLimits
from bankcore.payouts.pay import PayItems
from bankcore.testing import InMemoryBank, in_memory_bank
from bankcore.testing.fx import FxServices, InMemoryRates, in_memory_fx
from bankcore.testing.limits import in_memory_limits, in_memory_set_limits
from bankcore.testing.payouts import PayoutServices, in_memory_payouts
from bankcore_infra.clock import SystemClock
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.holds.queries import SqlHoldQueries
from bankcore_infra.limits.store import SqlLimitQueries, limit_units
from tests.contract.fx_adapters import postgresql_fx
from tests.contract.payout_adapters import postgresql_payouts
from tests.property.plain_bank import CHUNK, QUOTE_HOURS, RATES
from tests.worlds.sql_bank import ScratchDatabase, SqlBank, sql_bank

_POLICY: Final = QuotePolicy(lifetime=timedelta(hours=QUOTE_HOURS))
# Every instant that something ends at, so that moving them back is the same as time that goes by.
_INSTANTS: Final = {
    "accounts": ("held_until",),
    "holds": ("expires_at",),
    "fx_quotes": ("created_at", "expires_at"),
    "idempotency_keys": ("expires_at",),
    "payout_jobs": ("due_at",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeBank:
    """A tenant without accounts.

    `turned` tells whether a new `day` or `month` began since it was asked before. `drifts` says that its time goes on
    by itself too, by less than anybody notices.
    """

    bank: InMemoryBank | SqlBank
    holds: HoldService
    fx: FxServices
    payouts: PayoutServices
    pay: PayItems
    set_limits: SetLimits
    standings: Callable[[AccountId], Sequence[LimitStanding]]
    wait: Callable[[timedelta], object]
    turned: Callable[[], str]
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
        set_limits=in_memory_set_limits(bank),
        standings=in_memory_limits(bank).list_standings,
        wait=bank.clock.advance,
        turned=Calendar(bank.clock),
        drifts=False,
    )


class Calendar:
    """Which day it is by a clock, or would be, had time gone by."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen = clock.now().date()
        self._turn = ""

    def __call__(self) -> str:
        """`day` or `month`, if a new one has begun since this was asked before, or else nothing."""
        today, turn = self._clock.now().date(), self._turn
        if today != self._seen:
            turn = (
                "day"
                if turn != "month" and (today.year, today.month) == (self._seen.year, self._seen.month)
                else "month"
            )
        self._seen, self._turn = today, ""
        return turn

    def last_day_before(self, duration: timedelta) -> date:
        """Let it seem that so much time went by; the last day that is over then, if nothing but the past is moved."""
        today = self._clock.now().date()
        if duration < timedelta(days=1):
            return today
        last = today - timedelta(days=1) if duration < timedelta(days=31) else today.replace(day=1) - timedelta(days=1)
        self._turn = "day" if last.month == today.month else "month"
        return last


class PostgresqlBanks:
    """Makes whole banks, each a tenant of its own, in one database."""

    def __init__(self, scratch: ScratchDatabase, database: Database) -> None:
        self._scratch = scratch
        self._database = database
        self._made = 0
        tables = [f"bankcore.{table}" for table in (*_INSTANTS, "limit_usages")]
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
        # A day that is over is told by its date alone: that of today, or of this month, becomes an earlier one.
        days = [
            "UPDATE bankcore.limit_usages SET day = least(day, %(last)s) WHERE tenant_id = %(tenant)s",
            "UPDATE bankcore.holds SET placed_at = least(placed_at, %(noon)s) WHERE tenant_id = %(tenant)s",
        ]
        self._script = [*off, *moves, *days, *on]

    def __call__(self) -> WholeBank:
        """A bank of a new tenant."""
        self._made += 1
        bank = sql_bank(self._scratch, self._database, f"bank-{self._made}")
        rates = InMemoryRates(SystemClock())
        _tell(rates)
        units, payouts = postgresql_payouts(bank)
        transactions, calendar = OwnTransactions(bank.database, bank.tenant_id), Calendar(SystemClock())
        return WholeBank(
            bank=bank,
            holds=HoldService(bank.ledger, SqlHoldQueries(transactions)),
            fx=postgresql_fx(bank, rates, _POLICY),
            payouts=payouts,
            pay=PayItems(units, CHUNK),
            set_limits=SetLimits(limit_units(transactions, bank.unit)),
            standings=SqlLimitQueries(transactions).list_standings,
            wait=lambda duration: self._wait(bank, calendar, duration),
            turned=calendar,
            drifts=True,
        )

    def _wait(self, bank: SqlBank, calendar: "Calendar", duration: timedelta) -> None:
        last = calendar.last_day_before(duration)
        given = {
            "by": duration,
            "tenant": bank.tenant_id,
            "last": last,
            "noon": datetime.combine(last, time(12), UTC),
        }
        with self._scratch.connection() as superuser, superuser.transaction():
            superuser.execute("SET LOCAL session_replication_role = replica")
            for statement in self._script:
                superuser.execute(statement.encode(), given if "%(tenant)s" in statement else None)


def _tell(rates: InMemoryRates) -> None:
    for pair, rate in RATES.items():
        rates.set_rate(pair, rate)
