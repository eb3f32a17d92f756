"""Payments that are captured later, over HTTP with the simulated Stripe, and at once on real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bankcore.idempotency.answers import Accepted
from bankcore.payments.capture import CapturePayment
from bankcore.payments.payments import PaymentStatus
from tests.contract.capturing import authorized
from tests.contract.payment_adapters import MERCHANT, PaymentAdapter, answered, postgresql_payment_adapter
from tests.integration.payments.paying_world import PayingWorld
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr

pytestmark = [pytest.mark.timeout(120)]


def agreed(world: PayingWorld, amount: str) -> Any:
    """A payment whose payer agreed on the page of the provider."""
    payment = world.pay(amount, captureMethod="manual")
    world.simulator.pay("stripe", world.reference(payment))
    told(world)
    waits = world.read(payment)
    assert (waits["status"], waits["capturedAmount"], waits["captureMethod"]) == ("requires_capture", "0.00", "manual")
    return waits


def told(world: PayingWorld) -> None:
    """Let the bank know what the provider tells."""
    world.simulator.wait_until_told()
    world.work()


def test_less_is_captured_than_a_payer_agreed_to_and_no_more_is_given_back(world: PayingWorld) -> None:
    payment = agreed(world, "600.00")
    before = world.owed()

    captured = world.bank.post(f"/v1/payments/{payment['id']}/capture", amount="450.00", currency="NPR")

    assert (captured["status"], captured["amount"], captured["capturedAmount"]) == ("completed", "600.00", "450.00")
    assert captured["fee"] == "6.75"
    told(world)
    assert world.read(payment) == captured
    assert world.owed() - before == 450_00
    too_much = {"amount": "450.01", "currency": "NPR", "reason": "sent back"}
    refused = world.bank.send("post", f"/v1/payments/{payment['id']}/refunds", too_much)
    assert refused.get_json()["error"]["code"] == "refund_exceeds_payment"
    world.give_back(payment)
    world.simulator.finish_refunds("stripe")
    told(world)
    assert world.read(payment)["refundedAmount"] == "450.00"


def test_a_known_card_is_captured_whole(world: PayingWorld) -> None:
    payment = world.pay("610.00", captureMethod="manual", method="pm_card_visa")
    assert payment["status"] == "requires_capture"

    assert world.bank.post(f"/v1/payments/{payment['id']}/capture")["capturedAmount"] == "610.00"


def test_a_capture_behind_a_time_out_is_found_by_its_webhook(world: PayingWorld) -> None:
    payment = agreed(world, "620.00")

    # The provider takes it, and its answer is lost.
    captured = world.bank.post(f"/v1/payments/{payment['id']}/capture", amount="500.05", currency="NPR")
    assert captured["status"] == "processing"

    told(world)
    assert world.read(payment)["capturedAmount"] == "500.05"


def test_who_cancels_and_who_waits_too_long_takes_nothing(world: PayingWorld) -> None:
    canceled, late = agreed(world, "630.00"), agreed(world, "640.00")
    before = world.owed()

    assert world.bank.post(f"/v1/payments/{canceled['id']}/cancel")["status"] == "canceled"
    world.simulator.let_expire("stripe", world.reference(late))
    told(world)

    assert (world.read(canceled)["status"], world.read(late)["status"]) == ("canceled", "expired")
    charges = world.simulator.books("stripe").charges
    assert {charges[world.reference(each)].status for each in (canceled, late)} == {"released"}
    refused = world.bank.send("post", f"/v1/payments/{late['id']}/capture", {})
    assert refused.get_json()["error"]["code"] == "invalid_state"
    assert world.owed() == before


def test_what_nobody_can_capture_is_refused(world: PayingWorld) -> None:
    payment = agreed(world, "650.00")

    refused = world.bank.send("post", f"/v1/payments/{payment['id']}/capture", {"amount": "650.01", "currency": "NPR"})

    error = refused.get_json()["error"]
    assert (error["code"], error["details"]["authorized"]) == ("capture_exceeds_payment", "650.00")


@pytest.fixture
def payments(bank: SqlBank, tmp_path: Path) -> PaymentAdapter:
    return postgresql_payment_adapter(bank, tmp_path)


def test_of_captures_and_a_cancel_at_once_one_is_done(payments: PaymentAdapter) -> None:
    payment = authorized(payments)

    def capture(amount: str) -> object:
        return answered(lambda: payments.capture(CapturePayment(payment.id, npr(amount)), origin=MERCHANT))

    with ThreadPoolExecutor(5) as threads:
        asked = [threads.submit(capture, amount) for amount in ("60.00", "70.00", "80.00")]
        asked += [threads.submit(answered, lambda: payments.call_off(payment.id, origin=MERCHANT)) for _ in range(2)]
        done = [each.result() for each in asked if isinstance(each.result(), Accepted)]

    assert len(done) == 1
    ended = payments.now(payment)
    assert ended.status in {PaymentStatus.COMPLETED, PaymentStatus.CALLED_OFF}
    assert payments.balance() == ended.captured.to_decimal_string()
