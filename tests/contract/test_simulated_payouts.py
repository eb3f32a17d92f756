"""Each provider that pays out, against a simulator that keeps books of its own; the others refuse before they send."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from urllib3 import PoolManager

from bankcore import Money
from bankcore.providers.answers import NotExecuted, Unknown
from bankcore.providers.payouts import (
    PayoutAccepted,
    PayoutDestination,
    PayoutLookup,
    PayoutOrder,
    PayoutStanding,
    PayoutState,
)
from bankcore.testing.provider_simulator import ProviderSimulator, Scenario
from bankcore_infra.clock import SystemClock
from bankcore_infra.providers.registry import PROVIDERS
from bankcore_infra.providers.wire import NotSent
from tests.contract.provider_records import ScriptedTransport, provider_over
from tests.contract.simulated_providers import new_simulator, opened

PAYING = [name for name, each in PROVIDERS.items() if each.facts.payout_currencies]
TO = PayoutDestination(bank_code="058", account_number="0001234567", payee="Jane Doe")
TOLD_AT = "http://127.0.0.1:1/hooks"


@pytest.fixture(scope="module")
def simulator() -> Iterator[ProviderSimulator]:
    with new_simulator() as running:
        yield running


def order(reference: str, *, amount: str = "250.00") -> PayoutOrder:
    money = Money.of(amount, "NGN")
    return PayoutOrder(reference=reference, amount=money, destination=TO, description="Invoice 17", webhook_url=TOLD_AT)


def submitted(simulator: ProviderSimulator, name: str, form: Mapping[str, str]) -> int:
    """What is answered to a form about payouts."""
    with PoolManager(num_pools=1) as browser:
        answer = browser.request_encode_body(
            "POST", f"{simulator.url}/{name}/payouts", fields=form, encode_multipart=False
        )
    return answer.status


def state_of(name: str, simulator: ProviderSimulator, reference: str) -> PayoutState:
    lookup = PayoutLookup(reference=reference, amount=Money.of("250.00", "NGN"))
    state = opened(name, simulator).get_payout_status(lookup)
    assert isinstance(state, PayoutState)
    return state


@pytest.mark.parametrize("name", PAYING)
def test_what_is_ordered_once_is_paid_once_to_whom_it_is_for(name: str, simulator: ProviderSimulator) -> None:
    provider, before = opened(name, simulator), simulator.books(name).net("NGN")

    answer, again = provider.create_payout(order("out-1")), provider.create_payout(order("out-1"))

    assert isinstance(answer, PayoutAccepted)
    assert answer.status is PayoutStanding.PENDING
    assert isinstance(again, Unknown)
    state = state_of(name, simulator, "out-1")
    assert (state.status, state.amount) == (PayoutStanding.SUCCEEDED, Money.of("250.00", "NGN"))
    payee = simulator.books(name).payouts["out-1"].payee
    assert (payee.bank_code, payee.account_number, payee.name) == ("058", "0001234567", "Jane Doe")
    assert simulator.books(name).net("NGN") == before - Money.of("250.00", "NGN")
    assert simulator.books(name).payouts["out-1"].webhooks_to == TOLD_AT


@pytest.mark.parametrize("name", PAYING)
def test_after_trouble_the_answer_is_unknown_and_asking_tells(name: str, simulator: ProviderSimulator) -> None:
    meant = {
        Scenario.SILENT_AFTER: PayoutStanding.SUCCEEDED,
        Scenario.OUTAGE_AFTER: PayoutStanding.SUCCEEDED,
        Scenario.GARBLED: PayoutStanding.SUCCEEDED,
        Scenario.SILENT_BEFORE: PayoutStanding.NOT_FOUND,
    }
    for scenario, status in meant.items():
        reference = f"out-{scenario.value.replace('_', '-')}"
        simulator.treat(reference, scenario)

        assert isinstance(opened(name, simulator).create_payout(order(reference)), Unknown), scenario
        assert state_of(name, simulator, reference).status is status


@pytest.mark.parametrize("name", PAYING)
def test_one_that_is_declined_or_waits_tells_so(name: str, simulator: ProviderSimulator) -> None:
    simulator.treat("out-declined", Scenario.DECLINE)
    simulator.treat("out-waits", Scenario.ACTION)
    for reference in ("out-declined", "out-waits"):
        opened(name, simulator).create_payout(order(reference))

    assert state_of(name, simulator, "out-declined").status is PayoutStanding.FAILED
    assert state_of(name, simulator, "out-waits").status is PayoutStanding.PENDING


def test_one_that_comes_back_is_told_by_the_provider_that_tells_it(simulator: ProviderSimulator) -> None:
    opened("paystack", simulator).create_payout(order("out-back"))
    simulator.end_payout("paystack", "out-back", "returned")

    assert state_of("paystack", simulator, "out-back").status is PayoutStanding.RETURNED


@pytest.mark.parametrize("name", PAYING)
def test_one_that_waits_is_ended_by_a_form(name: str, simulator: ProviderSimulator) -> None:
    simulator.treat("out-by-hand", Scenario.ACTION)
    opened(name, simulator).create_payout(order("out-by-hand"))
    forms = [{"reference": "out-by-hand", "status": "lost"}, {"reference": "out-elsewhere", "status": "paid"}]

    refused = [submitted(simulator, name, form) for form in forms]
    ended = submitted(simulator, name, {"reference": "out-by-hand", "status": "declined"})

    assert (refused, ended) == ([400, 404], 204)
    assert state_of(name, simulator, "out-by-hand").status is PayoutStanding.FAILED


def test_payouts_outlive_the_simulator_but_whose_account_it_was_does_not(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with ProviderSimulator(SystemClock(), journal=journal) as first:
        opened("paystack", first).create_payout(order("out-1"))

    with ProviderSimulator(SystemClock(), journal=journal) as second:
        assert state_of("paystack", second, "out-1").status is PayoutStanding.SUCCEEDED
        assert second.books("paystack").payouts["out-1"].webhooks_to == TOLD_AT
    assert TO.account_number not in journal.read_text()


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_currency_that_a_provider_pays_nothing_out_in_is_not_sent_to_it(name: str) -> None:
    transport = ScriptedTransport(NotSent("must not be asked"))
    provider = provider_over(name, transport)
    wanted = PayoutOrder(reference="out-1", amount=Money.of("1.000", "KWD"), destination=TO, description="Rent")

    answer = provider.create_payout(wanted)

    assert isinstance(answer, NotExecuted)
    assert answer.code == "payouts_not_supported"
    if not provider.facts.payout_currencies:
        assert isinstance(provider.get_payout_status(PayoutLookup(reference="x", amount=wanted.amount)), Unknown)
    assert transport.sent == []
