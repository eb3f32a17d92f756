"""Amounts that may be left out of a body, together with their currency."""

from bankcore.errors import InvalidRequestError
from bankcore.money import Money


def money_if_given(amount: str | None, currency: str | None) -> Money | None:
    """The money; None if neither is given. Raises: InvalidRequestError: one is missing, or it is not positive."""
    if (amount is None) != (currency is None):
        raise InvalidRequestError(pointer="/currency", detail="amount and currency are given together")
    return None if amount is None or currency is None else Money.of(amount, currency).require_positive()
