"""Each provider from order to refund, against a simulator that keeps books of its own: they agree to the minor unit."""

from collections.abc import Iterator

import pytest

from bankcore import Money
from bankcore.providers.answers import (
    ChargeAccepted,
    Declined,
    NotExecuted,
    RedirectPayer,
    RefundAccepted,
    SubmitForm,
    Unknown,
)
from bankcore.providers.facts import PaymentFlow
from bankcore.providers.orders import ChargeLookup, ChargeOrder, RefundLookup, RefundOrder
from bankcore.providers.ports import PaymentProvider, ProviderHealth
from bankcore.providers.states import ChargeState, ChargeStatus, ProviderMode, RefundState, RefundStatus
from bankcore.testing.provider_simulator import ProviderSimulator, Scenario
from bankcore_infra.clock import SystemClock
from bankcore_infra.providers.registry import PROVIDERS, open_provider
from tests.contract.simulated_providers import PAGES, new_simulator, opened, order, submit

CARDS = [name for name, each in PROVIDERS.items() if PaymentFlow.TOKEN in each.facts.flows]


@pytest.fixture(scope="module")
def simulator() -> Iterator[ProviderSimulator]:
    with new_simulator() as running:
        yield running


def found(provider: PaymentProvider, ordered: ChargeOrder, answer: object) -> ChargeState:
    provider_id = answer.provider_id if isinstance(answer, ChargeAccepted) else None
    lookup = ChargeLookup(reference=ordered.reference, amount=ordered.amount, provider_id=provider_id)
    state = provider.get_payment_status(lookup)
    assert isinstance(state, ChargeState)
    return state


@pytest.mark.parametrize("name", PAGES)
def test_a_payer_pays_on_a_page_and_gets_a_part_back(name: str, simulator: ProviderSimulator) -> None:
    provider, ordered = opened(name, simulator), order(name, "page-1")
    net = simulator.books(name).net(ordered.amount.currency.code)

    answer = provider.create_payment(ordered)
    assert isinstance(answer, ChargeAccepted)
    assert answer.status is ChargeStatus.REQUIRES_ACTION
    submit(answer)
    # The browser brings a form, and no header of ours.
    told_at = "" if isinstance(answer.next_action, SubmitForm) else ordered.webhook_url
    assert simulator.books(name).charges["page-1"].webhooks_to == told_at
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


def test_a_refund_that_flutterwave_calls_completed_was_only_begun(simulator: ProviderSimulator) -> None:
    provider, ordered = opened("flutterwave", simulator), order("flutterwave", "begun-1")
    answer = provider.create_payment(ordered)
    assert isinstance(answer, ChargeAccepted)
    simulator.pay("flutterwave", "begun-1")
    charge = ChargeLookup(reference="begun-1", amount=ordered.amount, provider_id=answer.provider_id)

    too_little, begun = (
        provider.refund_payment(
            RefundOrder(reference="begun-2", charge=charge, amount=Money.of(amount, "NGN"), reason="Wrong size")
        )
        for amount in ("99.99", "100.00")
    )

    assert isinstance(too_little, NotExecuted)
    assert isinstance(begun, RefundAccepted)
    asked = RefundLookup(reference="begun-2", charge=charge, provider_id=begun.provider_id)
    before = provider.get_refund_status(asked)
    simulator.finish_refunds("flutterwave")
    after = provider.get_refund_status(asked)
    assert isinstance(before, RefundState)
    assert isinstance(after, RefundState)
    assert (before.status, before.code) == (RefundStatus.PENDING, "completed")
    assert (after.status, after.code) == (RefundStatus.SUCCEEDED, "completed-bank-transfer")


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
