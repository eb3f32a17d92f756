"""Places: how many messages may be on their way to each endpoint at once, so that none delays the others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from bankcore.identifiers import TenantId
from bankcore.webhooks.endpoints import ENDPOINTS_MAX, WebhookEndpointId

WIDTH_FIRST: Final = 2
WIDTH_MAX: Final = 16
TOTAL_MAX: Final = 500
DOUBTFUL_MAX: Final = 250
"""Doubtful endpoints together leave about half of all places to the others."""
SLOW_S: Final = 2.0
"""Who takes longer to answer holds places for so long that it is doubtful."""


@dataclass(slots=True)
class _Lane:
    """One endpoint: how many are on their way, how many may be, and whether it is yet to answer well and soon."""

    under_way: int = 0
    width: int = WIDTH_FIRST
    is_doubtful: bool = True


class Room(NamedTuple):
    """What a tenant may be sent now: to each known endpoint, to any other, and to all of them together."""

    places: Mapping[WebhookEndpointId, int]
    otherwise: int
    most: int


@dataclass(slots=True)
class Places:
    """What is on its way from one sender. An endpoint that answers well gets more places, one that fails keeps one."""

    _lanes: dict[TenantId, dict[WebhookEndpointId, _Lane]] = field(default_factory=dict)
    _under_way: int = 0
    _doubtful: int = 0

    def room(self, tenant_id: TenantId) -> Room:
        """How many more may be sent for that tenant now."""
        lanes = self._lanes.get(tenant_id, {})
        doubtful = max(0, DOUBTFUL_MAX - self._doubtful)
        lanes_in_doubt = sum(lane.is_doubtful for lane in lanes.values())
        places = {
            endpoint_id: max(
                0, min(lane.width - lane.under_way, _share(doubtful, lanes_in_doubt) if lane.is_doubtful else TOTAL_MAX)
            )
            for endpoint_id, lane in lanes.items()
        }
        return Room(
            places,
            otherwise=min(WIDTH_FIRST, _share(doubtful, ENDPOINTS_MAX)),
            most=max(0, TOTAL_MAX - self._under_way),
        )

    def begin(self, tenant_id: TenantId, endpoint_id: WebhookEndpointId) -> None:
        """One more is on its way."""
        lane = self._lanes.setdefault(tenant_id, {}).setdefault(endpoint_id, _Lane())
        lane.under_way += 1
        self._under_way += 1
        self._doubtful += lane.is_doubtful

    def end(self, tenant_id: TenantId, endpoint_id: WebhookEndpointId, *, is_delivered: bool, took_s: float) -> None:
        """One has arrived, or has not."""
        lane = self._lanes[tenant_id][endpoint_id]
        self._doubtful -= lane.under_way * lane.is_doubtful
        self._under_way -= 1
        lane.under_way -= 1
        lane.is_doubtful = not is_delivered or took_s > SLOW_S
        lane.width = min(lane.width * 2, WIDTH_MAX) if is_delivered else 1
        self._doubtful += lane.under_way * lane.is_doubtful


def _share(doubtful: int, lanes: int) -> int:
    """What each of so many may have of what is left for doubtful ones; while anything is left, one."""
    return min(doubtful, max(1, doubtful // max(1, lanes)))
