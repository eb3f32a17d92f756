"""Turns: which tenants are looked at for what is due, and in which order."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bankcore.identifiers import TenantId

REST_S: Final = 0.5
"""A tenant for which nothing was due is not looked at for so long, and so old may the list of tenants be."""


@dataclass(slots=True)
class Turns:
    """Every tenant gets its turn, in another order each time, so that no one is always last when places are few.

    A tenant for which nothing was due rests, however busy another is: else each of a thousand would be asked for with
    every message of the one.
    """

    rest_s: float = REST_S
    _tenants: list[TenantId] = field(default_factory=list)
    _listed_until_s: float = 0.0
    _rest_until_s: dict[TenantId, float] = field(default_factory=dict)

    def is_listed(self, now_s: float) -> bool:
        """Whether it is known who is at work."""
        return now_s < self._listed_until_s

    def list_again(self, tenants: Sequence[TenantId], now_s: float) -> None:
        """Those are at work."""
        self._tenants = list(tenants)
        self._listed_until_s = now_s + self.rest_s
        self._rest_until_s = {id_: until_s for id_, until_s in self._rest_until_s.items() if until_s > now_s}

    def next(self, now_s: float) -> Sequence[TenantId]:
        """Those that do not rest."""
        random.shuffle(self._tenants)
        return [tenant_id for tenant_id in self._tenants if self._rest_until_s.get(tenant_id, 0.0) <= now_s]

    def rest(self, tenant_id: TenantId, now_s: float) -> None:
        """Nothing was due."""
        self._rest_until_s[tenant_id] = now_s + self.rest_s

    def wake(self, tenant_id: TenantId) -> None:
        """A place is free again."""
        self._rest_until_s.pop(tenant_id, None)
