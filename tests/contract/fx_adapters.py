"""A tenant with money in three currencies and no quotes, on each adapter of FX's ports."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from bankcore.errors import BankcoreError
from bankcore.fx.give_quote import GiveQuote, RequestQuote
from bankcore.fx.open_positions import OpenPositions
from bankcore.fx.quotes import FxQuote, QuotePolicy
from bankcore.fx.use_quote import UseQuote
from bankcore.fx.value_positions import ValuePositions
from bankcore.idempotency.answers import Accepted, Rejected
from bankcore.idempotency.keys import IdempotencyKey
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account
from bankcore.ledger.commands import Transfer
from bankcore.ledger.transactions import Transaction
from bankcore.money import Currency, Money
from bankcore.origin import Origin
from bankcore.testing import FrozenClock, in_memory_bank
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.fx import FxServices, InMemoryRates, in_memory_fx
from bankcore_infra.clock import SystemClock
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.fx.unit import SqlFxQueries, SqlFxUnits
from tests.contract.adapters import holding_key
from tests.worlds.sql_bank import SqlBank

ALICE: Final = Origin(actor_type="user", actor_id="alice", key_scope="alice", owner_id="alice")
BOB: Final = Origin(actor_type="user", actor_id="bob", key_scope="bob", owner_id="bob")
SERVICE: Final = Origin(actor_id="treasury")
NOWHERE: Final = UUID("019c1406-3400-7000-8000-000000000bad")


@dataclass(frozen=True, slots=True, kw_only=True)
class FxAdapter:
    """A tenant on one adapter. `let_time_pass` moves the clock, or makes every quote older by that much."""

    bank: InMemoryBank | SqlBank
    rates: InMemoryRates
    services: FxServices
    hold_key: Callable[[IdempotencyKey], AbstractContextManager[None]]
    let_time_pass: Callable[[timedelta], None]
    dollars: Account
    rupees: Account
    yen_of_bob: Account

    def ask(
        self, amount: str = "100.00 USD", into: str = "NPR", *, key: str | None = None, origin: Origin = ALICE
    ) -> Accepted[FxQuote] | Rejected:
        """Ask for a quote."""
        try:
            return self.services.give_quote(
                RequestQuote(money(amount), Currency.of(into), idempotency_key=key), origin=origin
            )
        except BankcoreError as refusal:
            return Rejected(refusal, refusal.replayed)

    def quote(self, amount: str = "100.00 USD", into: str = "NPR", *, origin: Origin = ALICE) -> FxQuote:
        """A quote that must be given."""
        answer = self.ask(amount, into, origin=origin)
        assert isinstance(answer, Accepted), answer
        return answer.value

    def move(
        self,
        quote_id: UUID,
        amount: str = "100.00 USD",
        *,
        source: AccountId | None = None,
        to: AccountId | None = None,
        key: str | None = None,
        origin: Origin = ALICE,
        metadata: dict[str, str] | None = None,
    ) -> Accepted[Transaction] | Rejected:
        """Make a transfer at that quote, by default from Alice's dollars to her rupees."""
        transfer = Transfer(
            source or self.dollars.id,
            to or self.rupees.id,
            money(amount),
            metadata=metadata or {},
            idempotency_key=key,
        )
        try:
            return self.services.use_quote(transfer, quote_id, origin=origin)
        except BankcoreError as refusal:
            return Rejected(refusal, refusal.replayed)

    def balance(self, account: Account) -> str:
        """What is on the account."""
        return str(self.bank.accounts.balance(account.id).balance)


def money(text: str) -> Money:
    """The money in a text such as `100.00 USD`."""
    return Money.of(*text.split(" "))


def in_memory_fx_adapter(clock: FrozenClock, policy: QuotePolicy) -> FxAdapter:
    """On the adapters that are shipped to users for their tests."""
    bank = in_memory_bank(clock=clock)
    made = in_memory_fx(bank, policy)

    def let_time_pass(duration: timedelta) -> None:
        bank.clock.advance(duration)

    return _with_money(bank, made.rates, made.services, made.units.holding_key, let_time_pass)


def postgresql_fx(bank: SqlBank, rates: InMemoryRates, policy: QuotePolicy) -> FxServices:
    """FX of that bank as in production, but for the source of rates."""
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    units = SqlFxUnits(transactions, bank.unit)
    give_quote = GiveQuote(
        tenant_id=bank.tenant_id,
        units=units,
        ids=bank.ids,
        rates=rates,
        positions=OpenPositions(bank.tenant_id, bank.ledger, bank.queries),
        policy=policy,
    )
    value_positions = ValuePositions(
        queries=bank.queries,
        rates=rates,
        clock=SystemClock(),
        rate_age_max=policy.rate_age_max,
        default_currency=Currency.of("USD"),
    )
    return FxServices(
        give_quote=give_quote,
        use_quote=UseQuote(units),
        queries=SqlFxQueries(transactions),
        value_positions=value_positions,
    )


def postgresql_fx_adapter(bank: SqlBank, policy: QuotePolicy) -> FxAdapter:
    """On the adapters that keep real quotes."""
    rates = InMemoryRates(SystemClock())
    services = postgresql_fx(bank, rates, policy)

    def let_time_pass(duration: timedelta) -> None:
        with bank.scratch.connection() as connection:
            connection.execute("ALTER TABLE bankcore.fx_quotes DISABLE TRIGGER fx_quotes_used_once")
            connection.execute(
                "UPDATE bankcore.fx_quotes SET created_at = created_at - %s, expires_at = expires_at - %s",
                (duration, duration),
            )
            connection.execute("ALTER TABLE bankcore.fx_quotes ENABLE ALWAYS TRIGGER fx_quotes_used_once")

    return _with_money(bank, rates, services, partial(holding_key, bank), let_time_pass)


def _with_money(
    bank: InMemoryBank | SqlBank,
    rates: InMemoryRates,
    services: FxServices,
    hold_key: Callable[[IdempotencyKey], AbstractContextManager[None]],
    let_time_pass: Callable[[timedelta], None],
) -> FxAdapter:
    rates.set_rate("USD/NPR", "133.25")
    dollars, rupees = (bank.accounts.open(currency=code, owner_id="alice") for code in ("USD", "NPR"))
    bank.ledger.deposit(dollars.id, money("1000.00 USD"))
    return FxAdapter(
        bank=bank,
        rates=rates,
        services=services,
        hold_key=hold_key,
        let_time_pass=let_time_pass,
        dollars=dollars,
        rupees=rupees,
        yen_of_bob=bank.accounts.open(currency="JPY", owner_id="bob"),
    )
