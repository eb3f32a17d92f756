"""What a tenant demands: when a second factor is proven anew, for how long, and when a second person has to approve."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from bankcore.money import CURRENCIES, Money

PROOF_LIFETIME: Final = timedelta(minutes=5)
"""How long after a code nobody is asked for another one in the same session."""


def _nothing() -> Mapping[str, int]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FactorDemands:
    """What a tenant demands: roles that must have a second factor, and amounts above which it is proven anew.

    Above `approvals_minor` a second person has to approve.
    """

    roles: frozenset[str] = frozenset()
    amounts_minor: Mapping[str, int] = field(default_factory=_nothing)
    approvals_minor: Mapping[str, int] = field(default_factory=_nothing)

    def is_large(self, amounts: Iterable[Money]) -> bool:
        """Whether these together are more, in any currency, than moves without a proof."""
        return _find_exceeded(self.amounts_minor, amounts) is not None

    def find_approval_limit(self, amounts: Iterable[Money]) -> Money | None:
        """The limit of one person that these together exceed, in any currency; None if they exceed none."""
        return _find_exceeded(self.approvals_minor, amounts)


def _find_exceeded(limits_minor: Mapping[str, int], amounts: Iterable[Money]) -> Money | None:
    if not limits_minor:
        return None
    sums = Counter[str]()
    for money in amounts:
        sums[money.currency.code] += money.minor
    exceeded = [code for code, minor in sums.items() if code in limits_minor and minor > limits_minor[code]]
    return Money(limits_minor[exceeded[0]], CURRENCIES[exceeded[0]]) if exceeded else None


NO_DEMANDS: Final = FactorDemands()
