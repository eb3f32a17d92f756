"""Who watches orders is told of each that was sent, and of no other."""

from typing import Final

import pytest

from bankcore.clock import Clock
from bankcore.money import Money
from bankcore.providers.orders import ChargeOrder, Payer
from bankcore.testing import FrozenClock
from bankcore_infra.providers.http_provider import HttpProvider
from bankcore_infra.providers.registry import PROVIDERS
from bankcore_infra.providers.watching import OrderWatchers
from bankcore_infra.providers.wire import NoAnswer, NotSent, Reply, WireAnswer
from tests.contract.provider_records import ScriptedTransport, credentials_of

CLOCK: Final[Clock] = FrozenClock()


def told_of(reply: Reply, currency: str = "NGN") -> list[tuple[str, str, bool]]:
    """What a watcher is told of an order that is answered so."""
    seen: list[tuple[str, str, bool]] = []

    def watch(*, provider: str, answer: str, duration_s: float) -> None:
        seen.append((provider, answer, 0 <= duration_s < 5))

    watchers = OrderWatchers()
    watchers.add(watch)
    dialect = PROVIDERS["paystack"].speak(credentials_of("paystack"), "http://127.0.0.1:9")
    provider = HttpProvider(dialect, ScriptedTransport(reply), CLOCK, watchers)
    provider.create_payment(
        ChargeOrder(
            reference="0000-order-7",
            amount=Money.of("150.00", currency),
            payer=Payer(email="payer@example.com"),
            description="Order 7",
            return_url="https://shop.example/done",
            webhook_url="https://bank.example/webhooks",
        )
    )
    return seen


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (NoAnswer("broken"), "unknown"),
        (WireAnswer(502, b""), "unknown"),
        (NotSent("refused"), "not_executed"),
        (WireAnswer(429, b""), "not_executed"),
        (
            WireAnswer(
                200,
                b'{"status":true,"data":{"authorization_url":"https://p.example/x","access_code":"x",'
                b'"reference":"0000-order-7"}}',
            ),
            "accepted",
        ),
    ],
)
def test_an_order_that_was_sent_is_told_by_what_came_back(reply: Reply, answer: str) -> None:
    assert told_of(reply) == [("paystack", answer, True)]


def test_an_order_that_the_provider_does_not_take_is_not_sent_and_not_told() -> None:
    assert told_of(NotSent("none is needed"), currency="NPR") == []
