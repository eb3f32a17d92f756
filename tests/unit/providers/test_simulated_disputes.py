"""Disputes at the simulator, where no dialect of ours goes."""

from collections.abc import Iterator

import pytest
from urllib3 import PoolManager, Timeout

from bankcore.testing import FrozenClock
from bankcore.testing.provider_simulator import ProviderSimulator
from tests.worlds.simulator_clients import KEYS, ORDER, order


@pytest.fixture
def simulator() -> Iterator[ProviderSimulator]:
    with ProviderSimulator(FrozenClock()) as running:
        yield running


@pytest.fixture
def browser() -> Iterator[PoolManager]:
    with PoolManager(timeout=Timeout(10), retries=False) as pool:
        yield pool


def test_whoever_is_no_python_disputes_by_a_form(simulator: ProviderSimulator, browser: PoolManager) -> None:
    order(simulator, browser)
    simulator.pay("paystack", "order-1")
    disputes = f"{simulator.url}/paystack/disputes"

    number = browser.request("POST", disputes, fields={"reference": "order-1"}, encode_multipart=False).json()["number"]
    moved = browser.request("POST", disputes, fields={"number": number, "status": "lost"}, encode_multipart=False)
    nowhere = browser.request("POST", disputes, fields={"reference": "nothing"}, encode_multipart=False)

    assert (moved.json()["number"], nowhere.status) == (number, 404)
    assert [each.status for each in simulator.books("paystack").disputes] == ["lost"]


def test_most_providers_tell_of_no_dispute(simulator: ProviderSimulator, browser: PoolManager) -> None:
    simulator.send_webhooks("imepay", "http://127.0.0.1:1/hooks")
    said = {**ORDER, "currency": "NPR", "returnUrl": "http://127.0.0.1:1/back"}
    browser.request("POST", f"{simulator.url}/imepay/v1/payments", headers=KEYS["imepay"], json=said)

    number = simulator.dispute("imepay", "order-1")
    simulator.wait_until_told()

    assert [each.reference for each in simulator.books("imepay").disputes] == [number]
    assert simulator.told == []
