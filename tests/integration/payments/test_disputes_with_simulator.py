"""Disputes over HTTP, with a simulated Stripe that speaks its own wire format."""

import pytest

from bankcore.money import Money
from bankcore.testing.provider_simulator import ProviderSimulator
from tests.integration.payments.paying_world import PayingWorld

pytestmark = [pytest.mark.timeout(120)]


def test_what_a_payer_disputes_is_taken_and_comes_back_when_it_is_won(world: PayingWorld) -> None:
    payment, simulator = world.paid("500.00"), world.simulator
    owed = world.owed()

    number = simulator.dispute("stripe", world.reference(payment))
    simulator.wait_until_told()
    world.work()

    (disputed,) = world.bank.send("get", "/v1/disputes?status=needs_response", None).get_json()["data"]
    assert (disputed["amount"], disputed["withdrawnAmount"], disputed["fee"]) == ("500.00", "500.00", "15.00")
    assert (disputed["reason"], disputed["paymentId"], disputed["needsReview"]) == ("fraudulent", payment["id"], False)
    assert disputed["respondBy"] is not None
    assert owed - world.owed() == 500_00
    body = {"amount": "1.00", "currency": "NPR", "reason": "too late"}
    refused = world.bank.send("post", f"/v1/payments/{payment['id']}/refunds", body).get_json()["error"]
    assert refused["code"] == "refund_exceeds_payment"
    assert refused["details"] == {
        "captured": "500.00",
        "refunded": "0.00",
        "disputed": "500.00",
        "available": "0.00",
    }

    for status in ("under_review", "won"):
        simulator.move_dispute("stripe", number, status)
        simulator.wait_until_told()
        world.work()

    ended = world.bank.send("get", f"/v1/disputes/{disputed['id']}", None).get_json()["data"]
    assert (ended["status"], ended["reinstatedAmount"], ended["fee"]) == ("won", "500.00", "15.00")
    assert None not in {ended["withdrawalId"], ended["reinstatementId"], ended["endedAt"]}
    assert owed == world.owed()


def test_one_that_is_lost_is_lost_for_ever(world: PayingWorld) -> None:
    payment, simulator = world.paid("500.00"), world.simulator

    number = simulator.dispute("stripe", world.reference(payment), world.bank.money("200.00"))
    simulator.move_dispute("stripe", number, "lost")
    simulator.wait_until_told()
    world.work()

    (lost,) = world.bank.send("get", "/v1/disputes?status=lost", None).get_json()["data"]
    assert (lost["amount"], lost["withdrawnAmount"], lost["reinstatementId"]) == ("200.00", "200.00", None)


def test_nobody_disputes_what_is_not_there(world: PayingWorld) -> None:
    simulator: ProviderSimulator = world.simulator
    with pytest.raises(KeyError):
        simulator.dispute("stripe", "nothing")
    with pytest.raises(KeyError):
        simulator.move_dispute("stripe", "nothing", "won")


def test_a_dispute_at_paystack_takes_its_money_when_it_is_accepted(world: PayingWorld) -> None:
    simulator = world.simulator
    said = {"name": "disputed", "provider": "paystack", "credentials": dict(simulator.credentials("paystack"))}
    config = world.bank.post("/v1/admin/providers", **said, priority=8)
    simulator.send_webhooks("paystack", world.served_at + config["webhookPath"])
    naira = world.bank.post("/v1/accounts", currency="NGN")["id"]
    payment = world.pay("500.00", accountId=naira, currency="NGN", provider="disputed")
    simulator.pay("paystack", world.reference(payment))
    simulator.wait_until_told()
    world.work()

    number = simulator.dispute("paystack", world.reference(payment), Money.of("50.00", "NGN"))
    simulator.wait_until_told()
    world.work()
    (opened,) = world.bank.send("get", "/v1/disputes?status=needs_response", None).get_json()["data"]
    assert (opened["amount"], opened["withdrawnAmount"], opened["reason"]) == ("500.00", "0.00", "chargeback")

    for status in ("under_review", "lost"):
        simulator.move_dispute("paystack", number, status)
        simulator.wait_until_told()
        world.work()

    lost = world.bank.send("get", f"/v1/disputes/{opened['id']}", None).get_json()["data"]
    assert (lost["status"], lost["withdrawnAmount"], lost["fee"]) == ("lost", "50.00", "0.00")
