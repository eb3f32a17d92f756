"""What customers of the simulator get wrong about payouts, and what it tells of them."""

import json

import pytest

from bankcore import Money
from bankcore.testing.provider_simulator.fincra import SimulatedFincra
from bankcore.testing.provider_simulator.flutterwave import SimulatedFlutterwave
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


OTHERS: list[tuple[type[SpokenProvider], str, dict[str, str], dict[str, object]]] = [
    (
        SimulatedFlutterwave,
        "/v3/transfers",
        {"authorization": "Bearer FLWSECK_TEST-simulated"},
        {"currency": "NGN", "reference": "out-1", "account_bank": "058", "account_number": "0123456789"},
    ),
    (
        SimulatedFincra,
        "/disbursements/payouts",
        {"api-key": "simulated-key"},
        {"destinationCurrency": "NGN", "customerReference": "out-1", "beneficiary": {"bankCode": "058"}},
    ),
]


@pytest.mark.parametrize(("kind", "path", "headers", "said"), OTHERS)
def test_another_provider_takes_an_order_once_and_tells_how_it_ended(
    kind: type[SpokenProvider], path: str, headers: dict[str, str], said: dict[str, object]
) -> None:
    provider = kind("http://127.0.0.1:1", lambda: 0)

    def status(amount: str) -> int:
        body = json.dumps({**said, "amount": amount}).encode()
        request = SpokenRequest(method="POST", path=path, query={}, headers=headers, body=body)
        return provider.answer(request, Treatment()).status

    assert status("0") == 404
    assert status("1.00") == 200
    assert status("1.00") in {400, 422}
    payout = provider.books.payouts["out-1"]
    told = {}
    for payout.status in ("open", "paid", "declined", "returned"):
        message = provider.payout_message(payout)
        told[payout.status] = None if message is None else json.loads(message.body)["data"]["status"].lower()
    assert told == {"open": None, "paid": "successful", "declined": "failed", "returned": None}


def test_flutterwave_finds_a_transfer_by_its_id_too() -> None:
    flutterwave = SimulatedFlutterwave("http://127.0.0.1:1", lambda: 0)
    payout = flutterwave.pay_out(ORDER, SimulatedPayee("058", "0123456789", "Ada"))
    headers = {"authorization": "Bearer FLWSECK_TEST-simulated"}

    found = [
        SpokenRequest(method="GET", path=f"/v3/transfers/{own}", query={}, headers=headers, body=b"")
        for own in (payout.number, 7)
    ]

    assert [status_of(flutterwave, request) for request in found] == [200, 404]


def test_a_provider_without_payouts_refuses_them_and_tells_of_none() -> None:
    stripe = SimulatedStripe("http://127.0.0.1:1", lambda: 0)
    payout = stripe.pay_out(ORDER, SimulatedPayee("058", "0123456789", "Ada"))

    assert stripe.paid_out(asked("/transfer"), ORDER).status == 404
    assert stripe.payout_message(payout) is None
