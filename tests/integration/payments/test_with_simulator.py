"""Payments over HTTP, with simulated providers that speak their own wire formats."""

import pytest

from bankcore.payments.circuit import FAILURES_IN_A_ROW
from bankcore.providers.states import ProviderMode
from bankcore.testing.provider_simulator import Scenario
from bankcore_http.answering.members import ACCOUNT_ID_EXAMPLE
from bankcore_infra.payments.settings import PaymentSettings
from bankcore_infra.payments.wiring import factory_of
from bankcore_infra.providers.registry import PROVIDERS
from tests.integration.payments.paying_world import METRICS_TOKEN, PayingWorld
from tests.worlds.closed_circuits import counting_circuits

pytestmark = [pytest.mark.timeout(120)]


def test_a_payer_pays_on_the_page_and_the_webhook_completes_the_payment(world: PayingWorld) -> None:
    payment = world.pay("150.00")
    assert payment["status"] == "requires_action"
    assert payment["nextAction"]["url"].startswith(world.simulator.url)

    world.simulator.pay("stripe", world.reference(payment))
    world.simulator.wait_until_told()
    world.work()

    paid = world.read(payment)
    assert (paid["status"], paid["needsReview"]) == ("completed", False)
    assert paid["transactionId"] is not None


@pytest.mark.parametrize("scenario", [Scenario.WEBHOOK_TWICE, Scenario.WEBHOOK_FORGED, Scenario.WEBHOOK_LATE])
def test_webhooks_that_come_twice_forged_or_late_complete_it_once(world: PayingWorld, scenario: Scenario) -> None:
    before = world.owed()
    payment = world.pay("200.00")
    world.simulator.treat(world.reference(payment), scenario)

    world.simulator.pay("stripe", world.reference(payment))
    world.simulator.wait_until_told()
    world.work()

    assert world.read(payment)["status"] == "completed"
    assert world.owed() - before == 200_00


def test_what_was_charged_behind_a_time_out_is_found_by_asking(world: PayingWorld) -> None:
    with world.bank.superuser() as connection:
        payment = world.pay("300.05", method="pm_card_visa")
        assert payment["status"] == "processing"
        connection.execute("UPDATE bankcore.payments SET due_at = now() WHERE id = %s", (payment["id"],))

    world.work()

    assert world.read(payment)["status"] == "completed"


def test_orders_and_forged_webhooks_are_told_to_whoever_watches(world: PayingWorld) -> None:
    def told(name: str) -> float:
        headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        page = world.bank.application.test_client().get("/metrics", headers=headers).get_data(as_text=True)
        return sum(float(line.rpartition(" ")[2]) for line in page.splitlines() if line.startswith(name))

    accepted = 'bankcore_provider_order_duration_seconds_count{answer="accepted",provider="stripe"}'
    route = 'route="/v1/providers/<config>/webhooks"'
    forged = f'bankcore_http_request_duration_seconds_count{{method="POST",{route},status="401"}}'
    before = told(accepted), told(forged)

    world.pay("170.00")
    world.bank.application.test_client().post(world.config["webhookPath"], data=b"{}")

    assert (told(accepted), told(forged)) == (before[0] + 1, before[1] + 1)


def test_administrators_are_told_how_providers_do(world: PayingWorld) -> None:
    told = world.bank.send("get", "/v1/admin/providers/health", None).get_json()["data"]

    (mine,) = [each for each in told if each["name"] == "simulated"]
    assert mine == {
        "id": world.config["id"],
        "name": "simulated",
        "provider": "stripe",
        "enabled": True,
        "circuit": "closed",
        "openUntil": None,
        "failuresInARow": mine["failuresInARow"],
        "health": "up",
        "checkedAt": mine["checkedAt"],
    }
    assert mine["checkedAt"] is not None


def test_while_every_provider_fails_payers_are_asked_to_come_back_and_nothing_is_recorded(
    world: PayingWorld,
) -> None:
    # In this world no circuit opens by itself.
    with counting_circuits(world.bank.bank.installation.redis_url):
        _fail_until_circuits_open(world)


def _fail_until_circuits_open(world: PayingWorld) -> None:
    credentials = dict(world.simulator.credentials("paystack"))
    world.bank.post("/v1/admin/providers", name="failing", provider="paystack", credentials=credentials, priority=9)
    account_id = world.bank.post("/v1/accounts", currency="NGN")["id"]
    order = {"accountId": account_id, "amount": "500.07", "currency": "NGN", "provider": "failing"}
    said = {**order, "payerEmail": "payer@example.com", "returnUrl": "https://shop.example/done", "description": "8"}
    for _ in range(FAILURES_IN_A_ROW):
        assert world.bank.post("/v1/payments", **said)["status"] == "processing"
    client, headers = world.bank.application.test_client(), world.bank.headers()
    before = len(world.bank.send("get", "/v1/payments?limit=100", None).get_json()["data"])

    refused = client.post("/v1/payments", json=said, headers=headers)

    assert (refused.status_code, refused.get_json()["error"]["code"]) == (503, "providers_unavailable")
    assert refused.headers["Retry-After"] == "30"
    health = world.bank.send("get", "/v1/admin/providers/health", None).get_json()["data"]
    (failing,) = [each for each in health if each["name"] == "failing"]
    assert (failing["circuit"], failing["openUntil"] is None, failing["health"]) == ("open", False, "up")
    assert len(world.bank.send("get", "/v1/payments?limit=100", None).get_json()["data"]) == before
    # The key is free, also for something else.
    other = said | {"accountId": ACCOUNT_ID_EXAMPLE, "amount": "500.00", "currency": "NPR", "provider": "simulated"}
    assert client.post("/v1/payments", json=other, headers=headers).status_code == 201


def test_the_books_of_the_bank_and_of_the_provider_agree(world: PayingWorld) -> None:
    for cents in ("00", "01", "02", "03"):
        payment = world.pay(f"400.{cents}")
        if payment["status"] == "requires_action" and cents == "00":
            world.simulator.pay("stripe", world.reference(payment))
    world.simulator.wait_until_told()
    world.work()

    books = world.simulator.books("stripe")
    paid = sum(each.amount.minor for each in books.charges.values() if each.status == "paid")
    given = sum(each.amount.minor for each in books.refunds if each.status == "done")
    disputed = sum((each.taken - each.fee).minor for each in books.disputes)
    assert world.owed() == paid - given - disputed


def test_strangers_are_refused_at_the_address_of_webhooks(world: PayingWorld) -> None:
    client = world.bank.application.test_client()

    forged = client.post(world.config["webhookPath"], data=b"{}", headers={"Stripe-Signature": "t=1,v1=00"})
    assert forged.status_code == 401
    for nowhere in ("0" * 64, "x", world.config["webhookPath"].split("/")[3][::-1]):
        assert client.post(f"/v1/providers/{nowhere}/webhooks", data=b"{}").status_code == 404
    too_long = client.post(world.config["webhookPath"], data=b"x" * 70_000)
    assert too_long.status_code == 413


def test_no_credential_is_told_or_stored_as_it_is(world: PayingWorld) -> None:
    secret = world.simulator.credentials("stripe")["secret_key"]
    listed = world.bank.send("get", "/v1/admin/providers", None)

    assert secret not in listed.get_data(as_text=True)
    with world.bank.superuser() as connection:
        stored = connection.execute("SELECT encode(content, 'escape') FROM bankcore.encrypted_secrets").fetchall()
        records = connection.execute("SELECT string_agg(t::text, '') FROM bankcore.audit_log AS t").fetchall()
    assert stored
    assert secret not in str(stored) + str(records)


def test_only_providers_that_tell_whose_money_came_can_be_configured() -> None:
    names = set(factory_of(PaymentSettings.model_validate({}), ProviderMode.TEST).list_names())

    assert names == PROVIDERS.keys()
