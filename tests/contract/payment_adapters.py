"""A merchant without money and one provider, on each adapter of the ports of payments."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from bankcore.errors import BankcoreError
from bankcore.idempotency.answers import Accepted, Rejected
from bankcore.identifiers import TenantId
from bankcore.ledger.accounts import Account
from bankcore.money import Money
from bankcore.origin import Origin
from bankcore.payments.ask import AskProviders
from bankcore.payments.call_off import CallOffPayments
from bankcore.payments.capture import CapturePayments
from bankcore.payments.circuits import Circuits
from bankcore.payments.configuration_ports import ProviderConfigQueries
from bankcore.payments.configurations import ProviderConfig, ProviderConfigId
from bankcore.payments.configure import ConfigureProviders, WantedConfig
from bankcore.payments.create import CreatePayment, CreatePayments
from bankcore.payments.health import WatchProviders
from bankcore.payments.heed import HeedNotices
from bankcore.payments.open_accounts import OpenProviderAccounts
from bankcore.payments.payments import Payment, PaymentId, PaymentStatus
from bankcore.payments.ports import PaymentQueries, PaymentUnits
from bankcore.payments.postings import ProviderAccount, provider_account_id
from bankcore.payments.receive import ReceiveWebhooks
from bankcore.payments.redrive import RedriveNotices
from bankcore.payments.release import ReleasePayments
from bankcore.payments.review import ReviewPayments
from bankcore.payments.webhook_names import NamedConfig
from bankcore.providers.orders import Payer
from bankcore.providers.states import ProviderMode
from bankcore.testing import FrozenClock, in_memory_bank
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.payment_store import InMemoryPaymentStore
from bankcore.testing.payments import InMemoryPayments, in_memory_payments
from bankcore.testing.provider_factory import InMemoryProviderFactory
from bankcore.testing.providers import InMemoryProvider
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.encryption.local_keys import LocalKeys
from bankcore_infra.encryption.secret_store import SecretStore
from bankcore_infra.payments.circuits import ProcessCircuitStore
from bankcore_infra.payments.configurations import SqlProviderConfigQueries, SqlProviderConfigUnits
from bankcore_infra.payments.configured import ConfiguredProviders
from bankcore_infra.payments.health import KeptHealthChecks
from bankcore_infra.payments.settling import settle_together_with_others
from bankcore_infra.payments.unit import SqlPaymentQueries, SqlPaymentUnits
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import NPR, npr

MERCHANT: Final = Origin(actor_type="user", actor_id="shop", key_scope="shop", owner_id="shop")
OTHER: Final = Origin(actor_type="user", actor_id="other", key_scope="other", owner_id="other")
ADMIN: Final = Origin(actor_type="user", actor_id="admin", key_scope="admin")
NOWHERE: Final = PaymentId(UUID("019c1406-3400-7000-8000-000000000bad"))
PAYER: Final = Payer(email="payer@example.com")
_AGE: Final = """
    UPDATE bankcore.payments SET due_at = due_at - %(by)s, asked_at = asked_at - %(by)s,
        created_at = created_at - %(by)s, expires_at = expires_at - %(by)s,
        capture_asked_at = capture_asked_at - %(by)s
"""
_AGE_REFUNDS: Final = """
    UPDATE bankcore.refunds SET due_at = due_at - %(by)s, asked_at = asked_at - %(by)s,
        created_at = created_at - %(by)s
"""
_AGE_DISPUTES: Final = """
    UPDATE bankcore.disputes SET due_at = due_at - %(by)s, asked_at = asked_at - %(by)s,
        created_at = created_at - %(by)s
"""
_AGE_NOTICES: Final = "UPDATE bankcore.provider_notices SET due_at = due_at - %(by)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAdapter:
    """A tenant on one adapter, whose one provider is in memory."""

    bank: InMemoryBank | SqlBank
    units: PaymentUnits
    factory: InMemoryProviderFactory
    configure: ConfigureProviders
    configs: ProviderConfigQueries
    create: CreatePayments
    call_off: CallOffPayments
    capture: CapturePayments
    review: ReviewPayments
    ask: AskProviders
    receive: ReceiveWebhooks
    heed: HeedNotices
    redrive: RedriveNotices
    queries: PaymentQueries
    watch: WatchProviders
    let_time_pass: Callable[[timedelta], None]
    merchant: Account
    config: ProviderConfig
    made: InMemoryPayments | None = None
    """What is in memory, for tests that look into it."""

    @property
    def provider(self) -> InMemoryProvider:
        """The provider that goes first."""
        return self.factory.of("main")

    def add_provider(self, name: str, priority: int = 1) -> InMemoryProvider:
        """One more provider."""
        self.configure.create(wanted(name, priority))
        return self.factory.of(name)

    def bodies_of_notices(self) -> list[bytes]:
        """What is kept of what providers told."""
        if self.made is not None:
            return [notice.body for _due_at, notice in self.made.stored.notices.values()]
        assert isinstance(self.bank, SqlBank)
        rows = self.bank.scratch.rows(
            "SELECT convert_from(body, 'UTF8') FROM bankcore.provider_notices WHERE tenant_id = %s", self.bank.tenant_id
        )
        return [str(body).encode() for (body,) in rows]

    def order(self, amount: str = "100.00", *, key: str | None = None, provider: str | None = None) -> CreatePayment:
        """An order of the merchant."""
        return CreatePayment(
            self.merchant.id,
            npr(amount),
            description="Order 7",
            payer=PAYER,
            return_url="https://shop.example/done",
            provider=provider,
            idempotency_key=key,
        )

    def pay(
        self, amount: str = "100.00", *, key: str | None = None, origin: Origin = MERCHANT, provider: str | None = None
    ) -> Accepted[Payment] | Rejected:
        """Ask for a payment."""
        return answered(lambda: self.create(self.order(amount, key=key, provider=provider), origin=origin))

    def paid(self, amount: str = "100.00") -> Payment:
        """A payment that must be created."""
        answer = self.pay(amount)
        assert isinstance(answer, Accepted), answer
        return answer.value

    def now(self, payment: Payment) -> Payment:
        """The payment as it is now."""
        return self.queries.get_payment(payment.id)

    def ask_all(self) -> int:
        """Ask about all that is due. Returns how many that were."""
        return len(list(iter(self.ask.ask_next, None)))

    def payment_store(self) -> InMemoryPaymentStore:
        """What is in memory."""
        assert self.made is not None
        return self.made.stored

    def heed_all(self) -> int:
        """Work on all that providers told. Returns how much that was."""
        return len(list(iter(self.heed.heed_next, None)))

    def statuses(self, payment: Payment) -> list[str]:
        """Every status that the payment had, each once in a row."""
        found: list[str] = []
        for step in self.queries.list_steps(payment.id):
            if found[-1:] != [step.after.value]:
                found.append(step.after.value)
        return found

    def balance(self) -> str:
        """What is on the merchant's account."""
        return self.bank.accounts.balance(self.merchant.id).balance.to_decimal_string()

    def balance_at(self, purpose: ProviderAccount, config_id: ProviderConfigId | None = None) -> str:
        """What is on that account of ours for the provider."""
        account_id = provider_account_id(self.bank.tenant_id, config_id or self.config.id, purpose, NPR)
        return self.bank.accounts.balance(account_id).balance.to_decimal_string()


def wanted(name: str, priority: int = 0) -> WantedConfig:
    """A configuration of that name."""
    credentials = {"secret": f"sk_test_of_{name}_1234"}
    return WantedConfig(name=name, provider="memory", credentials=credentials, priority=priority)


def in_memory_payment_adapter(clock: FrozenClock) -> PaymentAdapter:
    """On the adapters that are shipped to users for their tests."""
    bank = in_memory_bank(clock=clock)
    made = in_memory_payments(bank)

    def let_time_pass(duration: timedelta) -> None:
        bank.clock.advance(duration)

    return PaymentAdapter(
        bank=bank,
        units=made.units,
        factory=made.factory,
        configure=made.configure,
        configs=made.providers,
        create=made.create,
        call_off=made.call_off,
        capture=made.capture,
        review=made.review,
        ask=made.ask,
        receive=made.receive,
        heed=made.heed,
        redrive=made.redrive,
        queries=made.queries,
        watch=made.watch,
        let_time_pass=let_time_pass,
        merchant=bank.accounts.open(currency="NPR", owner_id="shop"),
        config=made.configure.create(wanted("main")).value,
        made=made,
    )


def webhook_url(tenant_id: TenantId, config_id: ProviderConfigId) -> str:
    """Where providers send webhooks."""
    return "https://bank.example" + NamedConfig(tenant_id, config_id).webhook_path


def postgresql_payment_adapter(bank: SqlBank, folder: Path) -> PaymentAdapter:
    """On the adapters that take real money."""
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    units, secrets = SqlPaymentUnits(transactions, bank.unit), SecretStore(LocalKeys(folder / "keys"))
    factory = InMemoryProviderFactory()
    queries = SqlProviderConfigQueries(transactions, secrets)
    providers = ConfiguredProviders(
        tenant_id=bank.tenant_id, queries=queries, factory=factory, mode=ProviderMode.TEST, webhook_url=webhook_url
    )
    configure = ConfigureProviders(
        units=SqlProviderConfigUnits(transactions, bank.unit, secrets), factory=factory, mode=ProviderMode.TEST
    )

    clock = FrozenClock()
    circuits = Circuits(ProcessCircuitStore(clock), clock)

    def let_time_pass(duration: timedelta) -> None:
        clock.advance(duration)
        with bank.scratch.connection() as connection:
            connection.execute(_AGE, {"by": duration})
            connection.execute(_AGE_REFUNDS, {"by": duration})
            connection.execute(_AGE_DISPUTES, {"by": duration})
            connection.execute(_AGE_NOTICES, {"by": duration})

    create = CreatePayments(
        units=units,
        providers=providers,
        settle=settle_together_with_others(bank.database, bank.tenant_id, bank.unit),
        circuits=circuits,
        open_accounts=OpenProviderAccounts(bank.tenant_id, bank.ledger, bank.queries),
        new_id=bank.ids.new_id,
    )
    release = ReleasePayments(units, providers)
    return PaymentAdapter(
        bank=bank,
        units=units,
        factory=factory,
        configure=configure,
        configs=queries,
        create=create,
        call_off=CallOffPayments(units, release),
        capture=CapturePayments(units, providers, circuits),
        review=ReviewPayments(units),
        ask=AskProviders(units, providers, circuits, release),
        receive=ReceiveWebhooks(units, providers),
        heed=HeedNotices(units, providers),
        redrive=RedriveNotices(units, SqlPaymentQueries(transactions), providers),
        queries=SqlPaymentQueries(transactions),
        watch=WatchProviders(configs=queries, providers=providers, circuits=circuits, checks=KeptHealthChecks(clock)),
        let_time_pass=let_time_pass,
        merchant=bank.accounts.open(currency="NPR", owner_id="shop"),
        config=configure.create(wanted("main")).value,
    )


def answered(ask: Callable[[], Accepted[Payment]]) -> Accepted[Payment] | Rejected:
    """The answer, or the refusal as a value."""
    try:
        return ask()
    except BankcoreError as refusal:
        return Rejected(refusal, refusal.replayed)


def of_status(payments: Sequence[Payment], status: PaymentStatus) -> list[Money]:
    """The amounts of those payments that are so."""
    return [payment.amount for payment in payments if payment.status is status]
