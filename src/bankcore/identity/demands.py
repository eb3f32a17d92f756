"""When a second factor has to be proven anew: for what, how long a proof is good, and what a tenant demands."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from bankcore.money import MINOR_MAX, Money

PROOF_LIFETIME: Final = timedelta(minutes=5)
"""How long after a code nobody is asked for another one in the same session."""


def _nothing() -> Mapping[str, int]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FactorDemands:
    """What a tenant demands: roles that must have a second factor, and amounts above which it is proven anew."""

    roles: frozenset[str] = frozenset()
    amounts_minor: Mapping[str, int] = field(default_factory=_nothing)

    def is_large(self, amounts: Iterable[Money]) -> bool:
        """Whether these together are more, in any currency, than moves without a proof."""
        if not self.amounts_minor:
            return False
        sums = Counter[str]()
        for money in amounts:
            sums[money.currency.code] += money.minor
        return any(minor > self.amounts_minor.get(code, MINOR_MAX) for code, minor in sums.items())


NO_DEMANDS: Final = FactorDemands()
