"""An order goes where the configurations of its own moment send it, on both adapters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from bankcore.errors import Unavailability, UnavailableError
from bankcore.idempotency.answers import Rejected
from bankcore.money import Currency
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.configurations import ProviderConfig, ProviderConfigId
from bankcore.payments.configure import WantedConfig
from bankcore.payments.open_accounts import OpenProviderAccounts
from bankcore.payments.ports import OrderProviders, UsableProvider
from bankcore.providers.answers import NotExecuted
from tests.contract.payment_adapters import PaymentAdapter, wanted


@dataclass
class ChangedMeanwhile(OrderProviders):
    """The providers of that adapter; whenever they were made ready, somebody adds one more."""

    payments: PaymentAdapter
    ready: Sequence[UsableProvider] = ()
    names: Iterator[int] = field(default_factory=count)

    def list_usable(self) -> Sequence[UsableProvider]:
        return self.payments.create.providers.list_usable()

    def get_provider(self, config_id: ProviderConfigId) -> UsableProvider:
        return self.payments.create.providers.get_provider(config_id)

    def list_ready(self) -> Sequence[UsableProvider]:
        return self.ready

    def make_ready(self, enabled: Sequence[ProviderConfig]) -> Sequence[UsableProvider]:
        self.ready = self.payments.create.providers.make_ready(enabled)
        self.payments.configure.create(wanted(f"meanwhile-{next(self.names)}"))
        return self.ready


def test_an_order_goes_to_what_was_put_first_after_the_last_one(payments: PaymentAdapter) -> None:
    payments.paid()
    first = payments.add_provider("first")
    payments.configure.change(payments.config.id, WantedConfig(priority=2))

    payment = payments.paid()

    assert list(first.charges) == [payment.attempt.reference]


def test_where_configurations_never_stay_an_order_is_refused_and_nothing_is_sent(payments: PaymentAdapter) -> None:
    create = replace(payments.create, providers=ChangedMeanwhile(payments))

    answer = replace(payments, create=create).pay(key="order-7")

    assert answer == Rejected(UnavailableError(reason=Unavailability.CONTENTION))
    assert payments.provider.charges == {}
    assert payments.queries.list_payments(limit=10) == []


@dataclass
class OpenedNever(OpenProviderAccounts):
    """Accounts of the configurations of that adapter; those of one configuration cannot be opened at present."""

    payments: PaymentAdapter
    closed: ProviderConfigId

    def __call__(self, config: ProviderConfig, currency: Currency) -> None:
        if config.id == self.closed:
            raise UnavailableError(reason=Unavailability.UNREACHABLE)
        self.payments.create.open_accounts(config, currency)


def test_an_order_that_was_sent_is_told_of_though_it_cannot_be_sent_on(payments: PaymentAdapter) -> None:
    second = payments.configure.create(wanted("second", 1)).value
    payments.provider.answer_next(NotExecuted("not_sent", "no connection"))
    create = replace(payments.create, open_accounts=OpenedNever(payments, second.id))

    payment = create(payments.order()).value

    assert payment.attempt.status is AttemptStatus.SENT
    assert payments.now(payment) == payment
    assert payments.factory.of("second").charges == {}
