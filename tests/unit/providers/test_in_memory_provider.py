"""The provider of the test kit keeps its books, says what it is told to, and is believed only with its signature."""

import pytest

from bankcore import Money
from bankcore.providers.answers import ChargeAccepted, Declined, RefundAccepted, Unknown
from bankcore.providers.orders import ChargeLookup, RefundOrder
from bankcore.providers.ports import ProviderHealth
from bankcore.providers.states import ChargeState, ChargeStatus, RefundState, RefundStatus
from bankcore.testing.providers import IN_MEMORY_FACTS, InMemoryProvider
from tests.unit.providers.test_orders import charge

REFUND = RefundOrder(reference="refund-1", charge=charge().lookup, amount=Money.of("4.00", "NGN"), reason="half")


def test_an_order_is_taken_once_however_often_it_is_sent() -> None:
    provider = InMemoryProvider()

    first, again = provider.create_payment(charge()), provider.create_payment(charge())
    refunded, refunded_again = provider.refund_payment(REFUND), provider.refund_payment(REFUND)

    assert first == again == ChargeAccepted(provider_id="attempt-1", status=ChargeStatus.SUCCEEDED)
    assert refunded == refunded_again == RefundAccepted(provider_id="refund-1", status=RefundStatus.SUCCEEDED)
    assert (len(provider.charges), len(provider.refunds)) == (1, 1)


@pytest.mark.parametrize("happened", [True, False])
def test_after_an_unknown_outcome_its_books_say_what_happened(*, happened: bool) -> None:
    provider = InMemoryProvider()
    provider.answer_next(Unknown("no answer"), happened=happened)
    provider.answer_next(Unknown("no answer"), happened=happened)

    assert provider.create_payment(charge()) == provider.refund_payment(REFUND) == Unknown("no answer")

    state, refund = provider.get_payment_status(charge().lookup), provider.get_refund_status(REFUND.lookup)
    assert isinstance(state, ChargeState)
    assert isinstance(refund, RefundState)
    assert state.status == (ChargeStatus.SUCCEEDED if happened else ChargeStatus.NOT_FOUND)
    assert refund.status == (RefundStatus.SUCCEEDED if happened else RefundStatus.NOT_FOUND)
    assert (state.status.is_final, refund.status.is_final) == (happened, happened)


def test_a_refusal_leaves_nothing_in_its_books() -> None:
    provider = InMemoryProvider()
    provider.answer_next(Declined(code="no_funds", reason="The card has no money."))

    assert provider.create_payment(charge()) == Declined(code="no_funds", reason="The card has no money.")
    assert provider.charges == {}


def test_an_answer_to_another_kind_of_order_is_a_mistake_of_the_test() -> None:
    provider = InMemoryProvider()
    provider.answer_next(RefundAccepted(provider_id="1", status=RefundStatus.PENDING))
    with pytest.raises(TypeError, match="was to be a refund"):
        provider.create_payment(charge())

    provider.answer_next(ChargeAccepted(provider_id="1", status=ChargeStatus.PENDING))
    with pytest.raises(TypeError, match="was to be a charge"):
        provider.refund_payment(REFUND)


def test_it_may_not_say_how_a_charge_stands() -> None:
    provider = InMemoryProvider()
    provider.silence = Unknown("no answer")

    assert provider.get_payment_status(ChargeLookup(reference="a", amount=Money.of("1.00", "NGN"))) == provider.silence
    assert provider.get_refund_status(REFUND.lookup) == provider.silence
    assert provider.asked == 2
    assert (provider.health_check(), provider.facts) == (ProviderHealth.UP, IN_MEMORY_FACTS)


def test_a_webhook_says_how_a_charge_or_a_refund_stands_and_is_signed() -> None:
    provider = InMemoryProvider()
    provider.create_payment(charge())
    provider.refund_payment(REFUND)
    provider.settle("attempt-1", ChargeStatus.DECLINED)
    provider.settle_refund("refund-1", RefundStatus.FAILED)

    for reference, status in (("attempt-1", ChargeStatus.DECLINED), ("refund-1", RefundStatus.FAILED)):
        body, headers = provider.webhook_about(reference)
        event = provider.parse_webhook_event(body)

        assert provider.verify_webhook_signature(body, {name.upper(): value for name, value in headers.items()})
        assert not provider.verify_webhook_signature(body + b" ", headers)
        assert not provider.verify_webhook_signature(body, {})
        assert not InMemoryProvider(secret=b"other").verify_webhook_signature(body, headers)
        assert event is not None
        assert event.state is not None
        assert (event.reference, event.state.status) == (reference, status)


def test_a_webhook_about_nothing_of_ours_has_no_state() -> None:
    provider = InMemoryProvider()

    other = provider.parse_webhook_event(b'{"reference": "unheard", "status": "succeeded"}')

    assert other is not None
    assert (other.state, other.reference) == (None, None)
    assert provider.parse_webhook_event(b"\xff") is provider.parse_webhook_event(b"[]") is None
