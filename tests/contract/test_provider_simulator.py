"""Each provider from order to refund, against a simulator that keeps books of its own: they agree to the minor unit."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from typing_extensions import override
from urllib3 import PoolManager

from bankcore import Money
from bankcore.providers.answers import (
    ChargeAccepted,
    Declined,
    NotExecuted,
    RedirectPayer,
    RefundAccepted,
    SubmitForm,
    TransferToAccount,
    Unknown,
)
from bankcore.providers.facts import PaymentFlow
from bankcore.providers.orders import ChargeLookup, ChargeOrder, Payer, RefundLookup, RefundOrder
from bankcore.providers.ports import PaymentProvider, ProviderHealth
from bankcore.providers.states import ChargeState, ChargeStatus, ProviderMode, RefundState, RefundStatus
from bankcore.testing.provider_simulator import ProviderSimulator, Scenario
from bankcore_infra.clock import SystemClock
from bankcore_infra.providers.registry import PROVIDERS, open_provider

PAGES = [name for name, each in PROVIDERS.items() if PaymentFlow.REDIRECT in each.facts.flows]
CARDS = [name for name, each in PROVIDERS.items() if PaymentFlow.TOKEN in each.facts.flows]


@dataclass
class Inbox:
    """A server that takes webhooks, and keeps them."""

    url: str = ""
    got: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """What it answers next, before it is well again."""


@pytest.fixture(scope="module")
def simulator() -> Iterator[ProviderSimulator]:
    with ProviderSimulator(SystemClock(), slow=timedelta(milliseconds=20)) as running:
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


def opened(name: str, simulator: ProviderSimulator) -> PaymentProvider:
    return open_provider(
        name, simulator.credentials(name), ProviderMode.TEST, SystemClock(), simulator_url=simulator.url
    )


def order(name: str, reference: str, *, amount: str = "250.00", method: str | None = None) -> ChargeOrder:
    currency = "NPR" if "NPR" in PROVIDERS[name].facts.currencies and name != "stripe" else "NGN"
    return ChargeOrder(
        reference=reference,
        amount=Money.of(amount, currency),
        payer=Payer(email="ada@example.com", name="Ada Example", phone="9800000000"),
        description="Order 17",
        return_url="http://127.0.0.1:1/back?order=17",
        webhook_url="http://127.0.0.1:1/hooks",
        method=method,
    )


def found(provider: PaymentProvider, ordered: ChargeOrder, answer: object) -> ChargeState:
    provider_id = answer.provider_id if isinstance(answer, ChargeAccepted) else None
    lookup = ChargeLookup(reference=ordered.reference, amount=ordered.amount, provider_id=provider_id)
    state = provider.get_payment_status(lookup)
    assert isinstance(state, ChargeState)
    return state


def submit(answer: object) -> None:
    """What a browser does, if the payer has a form to send."""
    if isinstance(answer, ChargeAccepted) and isinstance(answer.next_action, SubmitForm):
        form = answer.next_action
        with PoolManager() as browser:
            sent = browser.request("POST", form.url, fields=dict(form.fields), encode_multipart=False, redirect=False)
        assert sent.status == 302


@pytest.mark.parametrize("name", PAGES)
def test_a_payer_pays_on_a_page_and_gets_a_part_back(name: str, simulator: ProviderSimulator) -> None:
    provider, ordered = opened(name, simulator), order(name, "page-1")
    net = simulator.books(name).net(ordered.amount.currency.code)

    answer = provider.create_payment(ordered)
    assert isinstance(answer, ChargeAccepted)
    assert answer.status is ChargeStatus.REQUIRES_ACTION
    submit(answer)
    assert found(provider, ordered, answer).status in {ChargeStatus.REQUIRES_ACTION, ChargeStatus.PENDING}
    simulator.pay(name, "page-1")

    state = found(provider, ordered, answer)
    assert (state.status, state.amount) == (ChargeStatus.SUCCEEDED, ordered.amount)
    assert state.mode in {ProviderMode.TEST, None}
    if not provider.facts.has_refunds:
        return
    charge = ChargeLookup(reference="page-1", amount=ordered.amount, provider_id=answer.provider_id)
    part = Money.of("100.00", ordered.amount.currency)
    refund = RefundOrder(reference="refund-1", charge=charge, amount=part, reason="Wrong size")
    refunded = provider.refund_payment(refund)
    assert isinstance(refunded, RefundAccepted)
    simulator.finish_refunds(name)
    refund_state = provider.get_refund_status(
        RefundLookup(reference="refund-1", charge=charge, provider_id=refunded.provider_id)
    )
    assert not isinstance(refund_state, Unknown) or not provider.facts.has_refund_status
    if isinstance(refund_state, RefundState):
        assert (refund_state.status, refund_state.amount) == (RefundStatus.SUCCEEDED, part)
    too_much = RefundOrder(reference="refund-2", charge=charge, amount=ordered.amount, reason="Greed")
    assert isinstance(provider.refund_payment(too_much), NotExecuted)
    fee = simulator.books(name).charges["page-1"].fee
    assert simulator.books(name).net(ordered.amount.currency.code) == net + ordered.amount - fee - part


@pytest.mark.parametrize("name", PAGES)
def test_a_payer_who_gives_up_has_paid_nothing(name: str, simulator: ProviderSimulator) -> None:
    provider, ordered = opened(name, simulator), order(name, "page-2")

    answer = provider.create_payment(ordered)
    submit(answer)
    way_back = simulator.decline(name, "page-2")

    assert found(provider, ordered, answer).status is ChargeStatus.DECLINED
    assert way_back.startswith("http://127.0.0.1:1/back?order=17")


@pytest.mark.parametrize("name", CARDS)
def test_a_card_that_is_named_is_charged_refused_or_its_payer_asked(name: str, simulator: ProviderSimulator) -> None:
    provider = opened(name, simulator)
    simulator.treat("card-2", Scenario.DECLINE)
    simulator.treat("card-3", Scenario.ACTION)

    paid, refused, asked = (
        provider.create_payment(order(name, reference, method="card_of_ada"))
        for reference in ("card-1", "card-2", "card-3")
    )

    assert isinstance(paid, ChargeAccepted)
    assert paid.status is ChargeStatus.SUCCEEDED
    assert isinstance(refused, Declined)
    assert isinstance(asked, ChargeAccepted)
    assert isinstance(asked.next_action, RedirectPayer)
    assert asked.next_action.url.startswith(simulator.url)
    simulator.pay(name, "card-3")
    assert found(provider, order(name, "card-3"), asked).status is ChargeStatus.SUCCEEDED


TROUBLES = {
    Scenario.SILENT_BEFORE: False,
    Scenario.SILENT_AFTER: True,
    Scenario.OUTAGE: False,
    Scenario.OUTAGE_AFTER: True,
    Scenario.GARBLED: True,
}
# The payer's browser orders at eSewa.
ORDERED_BY_US = [name for name in PROVIDERS if name != "esewa"]


@pytest.mark.parametrize("name", ORDERED_BY_US)
def test_after_trouble_the_answer_is_unknown_and_the_books_say_what_happened(
    name: str, simulator: ProviderSimulator
) -> None:
    provider = opened(name, simulator)
    method = "card_of_ada" if name in CARDS else None
    for scenario, was_taken in TROUBLES.items():
        ordered = order(name, f"trouble-{scenario.replace('_', '-')}", method=method)
        simulator.treat(ordered.reference, scenario)

        assert isinstance(provider.create_payment(ordered), Unknown)

        assert (ordered.reference in simulator.books(name).charges) is was_taken
        if was_taken and name != "providus":
            simulator.pay(name, ordered.reference)
        state = provider.get_payment_status(ordered.lookup)
        if provider.facts.has_lookup_by_reference:
            assert isinstance(state, ChargeState)
            assert state.status is (ChargeStatus.SUCCEEDED if was_taken else ChargeStatus.NOT_FOUND)
        else:
            assert isinstance(state, Unknown)


@pytest.mark.parametrize("name", ORDERED_BY_US)
def test_too_many_requests_are_refused_before_anything_happens(name: str, simulator: ProviderSimulator) -> None:
    ordered = order(name, "many-1")
    simulator.treat("many-1", Scenario.TOO_MANY)

    answer = opened(name, simulator).create_payment(ordered)

    assert isinstance(answer, NotExecuted)
    assert (answer.code, "many-1" in simulator.books(name).charges) == ("too_many_requests", False)


@pytest.mark.parametrize("name", [name for name in ORDERED_BY_US if PROVIDERS[name].facts.has_lookup_by_reference])
def test_an_order_that_is_sent_twice_is_taken_once(name: str, simulator: ProviderSimulator) -> None:
    provider, ordered = opened(name, simulator), order(name, "twice-1")

    first, second = provider.create_payment(ordered), provider.create_payment(ordered)

    assert isinstance(first, ChargeAccepted)
    assert second == first if provider.facts.has_idempotency else isinstance(second, Unknown)
    assert list(simulator.books(name).charges).count("twice-1") == 1


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_stranger_is_refused(name: str, simulator: ProviderSimulator) -> None:
    credentials = {key: f"{value}-of-somebody" for key, value in simulator.credentials(name).items()}
    stranger = open_provider(name, credentials, ProviderMode.TEST, SystemClock(), simulator_url=simulator.url)

    assert opened(name, simulator).health_check() is ProviderHealth.UP
    if name in ORDERED_BY_US:
        assert isinstance(stranger.create_payment(order(name, "stranger-1")), NotExecuted)
        assert "stranger-1" not in simulator.books(name).charges


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
