"""Parts of whole numbers: rounded as the caller says, or shared out so that nothing is left over."""

from collections.abc import Sequence
from enum import StrEnum
from math import lcm


class Rounding(StrEnum):
    """What becomes of a part of a minor unit; there is no default, because a contract or a law says which."""

    HALF_EVEN = "half_even"
    """To the nearer one; from the middle to the even one, so that many roundings do not add up."""
    HALF_UP = "half_up"
    """To the nearer one; from the middle away from zero."""
    HALF_DOWN = "half_down"
    """To the nearer one; from the middle towards zero."""
    UP = "up"
    """Away from zero."""
    DOWN = "down"
    """Towards zero."""
    CEILING = "ceiling"
    """To the greater one."""
    FLOOR = "floor"
    """To the smaller one."""


def rounded(numerator: int, denominator: int, rounding: Rounding) -> int:
    """The quotient as a whole number; the denominator is positive."""
    whole, rest = divmod(abs(numerator), denominator)
    is_negative = numerator < 0
    if rest and _goes_away_from_zero(rounding, 2 * rest - denominator, is_odd=whole % 2 == 1, is_negative=is_negative):
        whole += 1
    return -whole if is_negative else whole


def _goes_away_from_zero(rounding: Rounding, past_the_middle: int, *, is_odd: bool, is_negative: bool) -> bool:
    is_past = past_the_middle > 0
    is_middle = past_the_middle == 0
    goes_away = {
        Rounding.HALF_EVEN: is_past or (is_middle and is_odd),
        Rounding.HALF_UP: is_past or is_middle,
        Rounding.HALF_DOWN: is_past,
        Rounding.UP: True,
        Rounding.DOWN: False,
        Rounding.CEILING: not is_negative,
        Rounding.FLOOR: is_negative,
    }
    return goes_away[rounding]


def shares(total: int, weights: Sequence[tuple[int, int]]) -> list[int]:
    """The total, shared out in proportion to the weights, each a numerator and a denominator; they are not all zero.

    By largest remainder (Hamilton's method): each share is the exact one, rounded towards zero, and what is then left
    goes by single units to those who lost most, of equals to the first. Whoever weighs nothing gets nothing.
    """
    common = lcm(*(denominator for _numerator, denominator in weights))
    whole_weights = [numerator * (common // denominator) for numerator, denominator in weights]
    weight = sum(whole_weights)
    parts = [divmod(abs(total) * each, weight) for each in whole_weights]
    found = [share for share, _lost in parts]
    by_loss = sorted(range(len(parts)), key=lambda place: -parts[place][1])
    for place in by_loss[: abs(total) - sum(found)]:
        found[place] += 1
    return [-share for share in found] if total < 0 else found
