"""Captures and releases at the simulated providers, asked by the dialects of the bank."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bankcore import Money
from bankcore.providers.answers import ChargeAccepted, Declined, NotExecuted, Unknown
from bankcore.providers.orders import CaptureOrder, ChargeLookup
from bankcore.providers.ports import PaymentProvider
from bankcore.providers.states import ChargeState, ChargeStatus
from bankcore.testing.provider_simulator import ProviderSimulator
from bankcore_infra.clock import SystemClock
from bankcore_infra.providers.registry import PROVIDERS
from tests.contract.simulated_providers import new_simulator, opened, order

CAPTURING: Final = [name for name, each in PROVIDERS.items() if each.facts.has_capture]


@pytest.fixture(scope="module")
def simulator() -> Iterator[ProviderSimulator]:
    with new_simulator() as running:
        yield running


def agreed(provider: PaymentProvider, name: str, reference: str, method: str | None = "pm_card_visa") -> ChargeLookup:
    asked = replace(order(name, reference, method=method), is_captured_later=True)
    answer = provider.create_payment(asked)
    assert isinstance(answer, ChargeAccepted)
    return replace(asked.lookup, provider_id=answer.provider_id)


def capture(charge: ChargeLookup, amount: str, number: int = 1) -> CaptureOrder:
    money = Money.of(amount, charge.amount.currency.code)
    return CaptureOrder(reference=f"{charge.reference}-{number}", charge=charge, amount=money)


def standing(provider: PaymentProvider, charge: ChargeLookup) -> ChargeStatus:
    state = provider.get_payment_status(charge)
    assert isinstance(state, ChargeState)
    return state.status


def test_those_that_capture_later_say_so() -> None:
    assert CAPTURING == ["stripe"]


@pytest.mark.parametrize("name", CAPTURING)
def test_a_charge_is_captured_once_and_no_more_than_was_authorized(simulator: ProviderSimulator, name: str) -> None:
    provider = opened(name, simulator)
    charge = agreed(provider, name, "captured-1")
    assert standing(provider, charge) is ChargeStatus.AUTHORIZED

    assert isinstance(provider.capture_payment(capture(charge, "250.01")), Unknown)
    taken = provider.capture_payment(capture(charge, "200.00", 2))
    assert isinstance(taken, ChargeAccepted)
    assert (taken.status, taken.fee) == (ChargeStatus.SUCCEEDED, Money.of("3.00", charge.amount.currency.code))
    assert isinstance(provider.capture_payment(capture(charge, "50.00", 3)), Unknown)
    assert isinstance(provider.void_payment(charge), Unknown)

    state = provider.get_payment_status(charge)
    assert isinstance(state, ChargeState)
    assert (state.status, state.amount) == (ChargeStatus.SUCCEEDED, Money.of("200.00", charge.amount.currency.code))


@pytest.mark.parametrize("name", CAPTURING)
@pytest.mark.parametrize("method", ["pm_card_visa", None])
def test_what_is_released_is_released_for_ever(simulator: ProviderSimulator, name: str, method: str | None) -> None:
    provider = opened(name, simulator)
    charge = agreed(provider, name, f"released-{method is None}", method)
    simulator.pay(name, charge.reference)

    assert [isinstance(provider.void_payment(charge), Declined) for _ in range(2)] == [True, True]
    assert standing(provider, charge) is ChargeStatus.DECLINED
    assert isinstance(provider.capture_payment(capture(charge, "250.00")), Unknown)


@pytest.mark.parametrize("name", CAPTURING)
def test_a_capture_that_did_not_arrive_leaves_the_charge_as_it_was(simulator: ProviderSimulator, name: str) -> None:
    provider = opened(name, simulator)
    charge = agreed(provider, name, "lost-1")

    # The cents of the amount say what it meets: no answer, and it was not taken.
    assert isinstance(provider.capture_payment(capture(charge, "200.04")), Unknown)

    assert standing(provider, charge) is ChargeStatus.AUTHORIZED
    assert isinstance(provider.capture_payment(capture(charge, "200.00", 2)), ChargeAccepted)


@pytest.mark.parametrize("name", CAPTURING)
def test_what_the_provider_does_not_know_is_neither_captured_nor_released(
    simulator: ProviderSimulator, name: str
) -> None:
    provider = opened(name, simulator)
    unknown = ChargeLookup(reference="nowhere", amount=Money.of("250.00", "NGN"), provider_id="pi_7")

    assert isinstance(provider.capture_payment(capture(unknown, "250.00")), NotExecuted)
    assert isinstance(provider.void_payment(unknown), NotExecuted)
    with pytest.raises(KeyError):
        simulator.let_expire(name, "nowhere")


def test_who_takes_everything_at_once_neither_captures_nor_releases(simulator: ProviderSimulator) -> None:
    provider = opened("paystack", simulator)
    charge = ChargeLookup(reference="nowhere", amount=Money.of("250.00", "NGN"))

    assert isinstance(provider.capture_payment(capture(charge, "250.00")), NotExecuted)
    assert isinstance(provider.void_payment(charge), NotExecuted)


def test_the_journal_keeps_that_a_charge_is_captured_later(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with ProviderSimulator(SystemClock(), journal=journal) as first:
        charge = agreed(opened("stripe", first), "stripe", "kept-1")
        number = first.books("stripe").charges["kept-1"].number

    with ProviderSimulator(SystemClock(), journal=journal) as second:
        assert second.books("stripe").charges["kept-1"].is_manual
        assert isinstance(opened("stripe", second).capture_payment(capture(charge, "200.00")), ChargeAccepted)
        assert second.books("stripe").charges["kept-1"].number == number
