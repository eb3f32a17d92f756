"""Amount checks: what a caller says about amounts that only the use case knows, before anything moves."""

from collections.abc import Callable, Sequence

from bankcore.money import Money

AmountCheck = Callable[[Sequence[Money]], object]
"""Raises a refusal if the caller may not move so much at once."""


def any_amount(_amounts: Sequence[Money]) -> None:
    """Nothing is refused: the library trusts its caller."""
