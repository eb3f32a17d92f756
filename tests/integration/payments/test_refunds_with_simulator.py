"""Refunds over HTTP, with simulated providers that speak their own wire formats."""

import pytest

from bankcore_http.answering.members import ACCOUNT_ID_EXAMPLE
from tests.integration.payments.paying_world import PayingWorld

pytestmark = [pytest.mark.timeout(120)]


def test_a_refund_is_taken_when_the_provider_tells_that_it_was_given(world: PayingWorld) -> None:
    payment, before = world.paid("500.00"), world.owed()

    refund = world.give_back(payment, amount="200.00")
    assert (refund["status"], refund["transactionId"]) == ("processing", None)
    assert world.read(payment)["refundedAmount"] == "0.00"

    world.simulator.finish_refunds("stripe")
    world.simulator.wait_until_told()
    world.work()

    given = world.read_refund(refund)
    assert (given["status"], given["needsReview"]) == ("succeeded", False)
    assert world.read(payment)["refundedAmount"] == "200.00"
    assert before - world.owed() == 200_00
    listed = world.bank.send("get", f"/v1/payments/{payment['id']}/refunds", None).get_json()["data"]
    assert listed == [given]


def test_a_refund_that_was_taken_behind_a_time_out_is_found_by_asking(world: PayingWorld) -> None:
    payment = world.paid("500.00")

    refund = world.give_back(payment, amount="200.05")
    assert refund["status"] == "unknown"
    world.simulator.finish_refunds("stripe")
    world.ask_now(refund)

    assert world.read_refund(refund)["status"] == "succeeded"
    assert world.give_back(payment)["amount"] == "299.95"


def test_a_refund_that_the_provider_never_got_stays_unknown_and_keeps_the_money(world: PayingWorld) -> None:
    payment = world.paid("500.00")

    refund = world.give_back(payment, amount="200.04")
    assert refund["status"] == "unknown"
    world.ask_now(refund)

    assert world.read_refund(refund)["status"] == "unknown"
    too_much = {"amount": "300.00", "currency": "NPR", "reason": "all of it"}
    refused = world.bank.send("post", f"/v1/payments/{payment['id']}/refunds", too_much)
    error = refused.get_json()["error"]
    assert (refused.status_code, error["code"]) == (422, "refund_exceeds_payment")
    assert [error["details"][name] for name in ("captured", "refunded", "available")] == ["500.00", "200.04", "299.96"]


def test_a_person_ends_a_refund_that_needs_a_review_and_no_other(world: PayingWorld) -> None:
    refund = world.give_back(world.paid("500.00"), amount="200.04")
    asked = f"/v1/refunds/{refund['id']}/resolve"
    assert world.bank.send("post", asked, {"outcome": "failed", "reason": "Not in their list"}).status_code == 409
    with world.bank.superuser() as connection:
        connection.execute("UPDATE bankcore.refunds SET review_since = now() WHERE id = %s", (refund["id"],))
        own = world.bank.send("post", asked, {"outcome": "failed", "reason": "Not in their list"})
        assert own.get_json()["error"]["code"] == "second_person_required"
        connection.execute("UPDATE bankcore.refunds SET owner_id = 'shop' WHERE id = %s", (refund["id"],))

    decided = world.bank.post(asked, outcome="failed", reason="Not in their list")

    assert (decided["status"], decided["failureCode"], decided["needsReview"]) == ("failed", "decided_by_hand", False)


@pytest.mark.parametrize("scenario", [("200.09", "too_many_requests"), ("200.06", None)])
def test_a_refund_that_was_refused_or_not_heard_ends_as_the_answer_says(
    world: PayingWorld, scenario: tuple[str, str | None]
) -> None:
    refund = world.give_back(world.paid("500.00"), amount=scenario[0])

    assert refund["failureCode"] == scenario[1]
    assert refund["status"] == ("unknown" if scenario[1] is None else "failed")


def test_an_order_of_a_refund_that_is_none_names_the_field(world: PayingWorld) -> None:
    payment = world.paid("500.00")

    for body, pointer in (({"amount": "1.00", "reason": "x"}, "/currency"), ({}, "/reason")):
        refused = world.bank.send("post", f"/v1/payments/{payment['id']}/refunds", body)
        assert refused.status_code in {400, 422}
        assert pointer in refused.get_data(as_text=True)


def test_a_payment_that_is_repeated_tells_what_was_given_back_since(world: PayingWorld) -> None:
    said = {"accountId": ACCOUNT_ID_EXAMPLE, "amount": "500.00", "currency": "NPR", "provider": "simulated"}
    payer = {"payerEmail": "payer@example.com", "returnUrl": "https://shop.example/done", "description": "Order 8"}
    client, headers = world.bank.application.test_client(), world.bank.headers()
    payment = client.post("/v1/payments", json={**said, **payer}, headers=headers).get_json()["data"]
    world.simulator.pay("stripe", world.reference(payment))
    world.simulator.wait_until_told()
    world.work()
    world.give_back(payment, amount="100.00")
    world.simulator.finish_refunds("stripe")
    world.simulator.wait_until_told()
    world.work()

    again = client.post("/v1/payments", json={**said, **payer}, headers=headers).get_json()["data"]

    assert (again["status"], again["refundedAmount"]) == ("completed", "100.00")
