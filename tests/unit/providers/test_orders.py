"""Orders to providers: what can be one, and what nobody sees of a payer."""

import pytest

from bankcore import Money
from bankcore.errors import InvalidRequestError
from bankcore.providers.orders import ChargeLookup, ChargeOrder, Payer, RefundOrder

PAYER = Payer(email="alice@example.com", name="Alice Example", phone="+2348012345678")


def charge(reference: str = "attempt-1", amount: str = "10.00") -> ChargeOrder:
    return ChargeOrder(
        reference=reference,
        amount=Money.of(amount, "NGN"),
        payer=PAYER,
        description="Order 1",
        return_url="https://shop.example/back",
        webhook_url="https://bank.example/hooks",
    )


@pytest.mark.parametrize("reference", ["", "a" * 51, "with space", "under_score", "dötted", "a/b", "line\n"])
def test_a_reference_that_some_provider_refuses_is_no_reference(reference: str) -> None:
    with pytest.raises(InvalidRequestError, match="a reference has 1 to 50 letters"):
        charge(reference)

    with pytest.raises(InvalidRequestError, match="a reference has 1 to 50 letters"):
        ChargeLookup(reference=reference, amount=Money.of("1.00", "NGN"))


def test_nothing_is_neither_taken_nor_given_back() -> None:
    with pytest.raises(InvalidRequestError, match="more than zero"):
        charge(amount="0.00")

    with pytest.raises(InvalidRequestError, match="more than zero"):
        RefundOrder(reference="refund-1", charge=charge().lookup, amount=Money.of("-1.00", "NGN"), reason="none")


def test_an_order_shows_nothing_of_its_payer() -> None:
    shown = repr(charge())

    assert "attempt-1" in shown
    assert not [word for word in ("alice", "Alice", "80123") if word in shown]
