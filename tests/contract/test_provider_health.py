"""How configurations do is told from their circuits and from what providers say of themselves, on both adapters."""

from datetime import timedelta

from bankcore.payments.circuit import FAILURES_IN_A_ROW, OPEN_FOR
from bankcore.payments.configure import WantedConfig
from bankcore.payments.health import HEALTH_KEPT_FOR, CircuitState
from bankcore.providers.answers import NotExecuted
from bankcore.providers.ports import ProviderHealth
from tests.contract.payment_adapters import PaymentAdapter, wanted

GONE = NotExecuted("not_sent", "no connection")


def said(payments: PaymentAdapter) -> list[ProviderHealth | None]:
    """What each configuration said, in their order."""
    return [None if each.answer is None else each.answer.health for each in payments.watch.list_health()]


def test_each_configuration_is_told_in_order_with_what_its_provider_says(payments: PaymentAdapter) -> None:
    payments.add_provider("refusing").health = ProviderHealth.REFUSING
    payments.add_provider("down", priority=2).health = ProviderHealth.DOWN
    off = payments.configure.create(wanted("off", priority=3)).value
    payments.configure.change(off.id, WantedConfig(is_enabled=False))

    health = payments.watch.list_health()

    assert [each.config.name for each in health] == ["main", "refusing", "down", "off"]
    assert said(payments) == [ProviderHealth.UP, ProviderHealth.REFUSING, ProviderHealth.DOWN, None]
    assert {(each.state, each.open_until, each.failures_in_a_row) for each in health} == {
        (CircuitState.CLOSED, None, 0)
    }


def test_a_provider_is_asked_once_a_minute_or_when_its_credentials_are_others(payments: PaymentAdapter) -> None:
    first = payments.watch.list_health()
    payments.provider.health = ProviderHealth.DOWN
    payments.let_time_pass(HEALTH_KEPT_FOR - timedelta(seconds=1))
    assert payments.watch.list_health() == first

    payments.let_time_pass(timedelta(seconds=1))
    assert said(payments) == [ProviderHealth.DOWN]

    payments.provider.health = ProviderHealth.UP
    payments.configure.change(payments.config.id, WantedConfig(credentials={"secret": "sk_test_of_main_1234"}))
    assert said(payments) == [ProviderHealth.UP]


def test_a_circuit_is_told_with_how_often_orders_failed_and_when_the_next_may_go(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(GONE)
    payments.paid()
    (once,) = payments.watch.list_health()
    for _ in range(FAILURES_IN_A_ROW - 1):
        payments.provider.answer_next(GONE)
        payments.paid()

    (failing,) = payments.watch.list_health()
    payments.let_time_pass(OPEN_FOR)
    (probing,) = payments.watch.list_health()

    assert (once.state, once.failures_in_a_row) == (CircuitState.CLOSED, 1)
    assert (failing.state, failing.open_until is None) == (CircuitState.OPEN, False)
    assert (probing.state, probing.open_until) == (CircuitState.PROBING, failing.open_until)
