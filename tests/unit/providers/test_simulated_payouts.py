"""What customers of the simulator get wrong about payouts, and what it tells of them."""

import json

from bankcore import Money
from bankcore.testing.provider_simulator.http_server import SpokenRequest
from bankcore.testing.provider_simulator.payouts import SimulatedPayee
from bankcore.testing.provider_simulator.paystack import SimulatedPaystack
from bankcore.testing.provider_simulator.speaking import OrderSaid, SpokenProvider, Treatment
from bankcore.testing.provider_simulator.stripe import SimulatedStripe

ORDER = OrderSaid("out-1", Money.of("1.00", "NGN"))


def asked(path: str, **said: object) -> SpokenRequest:
    headers = {"authorization": "Bearer sk_test_simulated"}
    return SpokenRequest(method="POST", path=path, query={}, headers=headers, body=json.dumps(said).encode())


def status_of(provider: SpokenProvider, request: SpokenRequest) -> int:
    return provider.answer(request, Treatment()).status


def test_an_order_without_a_payee_or_an_amount_is_refused() -> None:
    paystack = SimulatedPaystack("http://127.0.0.1:1", lambda: 0)
    transfer = {"currency": "NGN", "reference": "out-1", "recipient": "RCP_1"}

    assert status_of(paystack, asked("/transferrecipient", bank_code="058")) == 400
    assert status_of(paystack, asked("/transfer", amount=100, **transfer)) == 400
    assert status_of(paystack, asked("/transfer", amount=0, **transfer)) == 404
    assert paystack.books.payouts == {}


def test_of_what_is_under_way_nothing_is_told() -> None:
    paystack = SimulatedPaystack("http://127.0.0.1:1", lambda: 0)
    payout = paystack.pay_out(ORDER, SimulatedPayee("058", "0123456789", "Ada"))
    assert paystack.payout_message(payout) is None

    payout.status = "returned"
    told = paystack.payout_message(payout)

    assert told is not None
    assert json.loads(told.body)["event"] == "transfer.reversed"


def test_a_provider_without_payouts_refuses_them_and_tells_of_none() -> None:
    stripe = SimulatedStripe("http://127.0.0.1:1", lambda: 0)
    payout = stripe.pay_out(ORDER, SimulatedPayee("058", "0123456789", "Ada"))

    assert stripe.paid_out(asked("/transfer"), ORDER).status == 404
    assert stripe.payout_message(payout) is None
