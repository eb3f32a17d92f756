"""What simulated providers tell, and what payers bring back: read and believed as far as it is signed."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from typing_extensions import override

from bankcore import Money
from bankcore.providers.answers import ChargeAccepted, TransferToAccount
from bankcore.providers.orders import ChargeLookup
from bankcore.providers.states import ChargeState, ChargeStatus
from bankcore.testing.provider_simulator import ProviderSimulator, Scenario
from tests.contract.simulated_providers import PAGES, new_simulator, opened, order, submit


@dataclass
class Inbox:
    """A server that takes webhooks, and keeps them."""

    url: str = ""
    got: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """What it answers next, before it is well again."""


@pytest.fixture(scope="module")
def simulator() -> Iterator[ProviderSimulator]:
    with new_simulator() as running:
        yield running


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    kept = Inbox()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.got.append((body, dict(self.headers.items())))
            self.send_response(kept.statuses.pop(0) if kept.statuses else 200)
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        kept.url = f"http://127.0.0.1:{server.server_port}/hooks"
        yield kept
        server.shutdown()


TELLING = [name for name in PAGES if name not in {"esewa", "khalti"}]


@pytest.mark.parametrize("name", TELLING)
def test_webhooks_come_once_twice_late_forged_or_not_at_all(
    name: str, simulator: ProviderSimulator, inbox: Inbox
) -> None:
    provider = opened(name, simulator)
    simulator.send_webhooks(name, inbox.url)
    told: dict[str, list[tuple[bool, str | None]]] = {}

    for scenario in (
        Scenario.SUCCESS,
        Scenario.WEBHOOK_TWICE,
        Scenario.WEBHOOK_LATE,
        Scenario.WEBHOOK_FORGED,
        Scenario.WEBHOOK_MISSING,
    ):
        reference = f"hook-{scenario.replace('_', '-')}"
        simulator.treat(reference, scenario)
        provider.create_payment(order(name, reference))
        simulator.pay(name, reference)
        simulator.wait_until_told()
        events = [(provider.parse_webhook_event(body), body, headers) for body, headers in inbox.got]
        assert [event for event, _body, _headers in events if event is None] == []
        told[scenario] = [
            (provider.verify_webhook_signature(body, headers), event.reference)
            for event, body, headers in events
            if event is not None and event.reference == reference
        ]
        inbox.got.clear()

    right = {scenario: [is_right for is_right, _reference in found] for scenario, found in told.items()}
    assert right[Scenario.SUCCESS] == [True]
    assert right[Scenario.WEBHOOK_TWICE] == [True, True]
    assert all(right[Scenario.WEBHOOK_LATE])
    assert right[Scenario.WEBHOOK_FORGED] == [False, True]
    assert right[Scenario.WEBHOOK_MISSING] == []


def test_what_a_payer_brings_back_from_esewa_is_signed_and_from_khalti_it_is_a_hint(
    simulator: ProviderSimulator,
) -> None:
    for name, is_signed in (("esewa", True), ("khalti", False)):
        provider, ordered = opened(name, simulator), order(name, "back-1")
        submit(provider.create_payment(ordered))

        query = urlsplit(simulator.pay(name, "back-1")).query.removeprefix("order=17&").encode()
        event = provider.parse_webhook_event(query)

        assert event is not None
        assert isinstance(event.state, ChargeState)
        assert (event.reference, event.state.status) == ("back-1", ChargeStatus.SUCCEEDED)
        assert event.state.amount == ordered.amount
        assert provider.verify_webhook_signature(query, {}) is is_signed


def test_money_sent_to_an_account_is_what_the_payer_sent(simulator: ProviderSimulator, inbox: Inbox) -> None:
    provider, ordered = opened("providus", simulator), order("providus", "account-1")
    simulator.send_webhooks("providus", inbox.url)
    answer = provider.create_payment(ordered)
    assert isinstance(answer, ChargeAccepted)
    assert isinstance(answer.next_action, TransferToAccount)

    simulator.pay("providus", answer.next_action.account_number, Money.of("249.99", "NGN"))
    simulator.wait_until_told()

    ((body, headers),) = inbox.got
    event = provider.parse_webhook_event(body)
    assert provider.verify_webhook_signature(body, headers)
    assert event is not None
    assert isinstance(event.state, ChargeState)
    lookup = ChargeLookup(
        reference="account-1",
        amount=ordered.amount,
        provider_id=answer.provider_id,
        transaction_id=event.state.transaction_id,
    )
    state = provider.get_payment_status(lookup)
    assert isinstance(state, ChargeState)
    assert (state.status, state.amount) == (ChargeStatus.SUCCEEDED, Money.of("249.99", "NGN"))
    assert state.provider_id == answer.provider_id
