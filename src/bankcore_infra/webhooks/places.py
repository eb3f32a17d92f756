"""Places: how many messages may be on their way to each endpoint at once, so that none delays the others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bankcore.webhooks.endpoints import WebhookEndpointId

WIDTH_FIRST: Final = 2
WIDTH_MAX: Final = 16
TOTAL_MAX: Final = 500
DOUBTFUL_MAX: Final = 250
"""Endpoints that took nothing last leave at least the other half to those that do."""


@dataclass(slots=True)
class _Lane:
    """One endpoint: how many are on their way, how many may be, and whether it took none of the last."""

    under_way: int = 0
    width: int = WIDTH_FIRST
    is_doubtful: bool = False


@dataclass(slots=True)
class Places:
    """What is on its way from one sender. An endpoint that answers well gets more places, one that fails keeps one."""

    _lanes: dict[WebhookEndpointId, _Lane] = field(default_factory=dict)

    def free(self) -> Mapping[WebhookEndpointId, int]:
        """How many more each known endpoint may be sent now."""
        spare = max(0, TOTAL_MAX - sum(lane.under_way for lane in self._lanes.values()))
        doubtful = max(0, DOUBTFUL_MAX - sum(lane.under_way for lane in self._lanes.values() if lane.is_doubtful))
        return {
            endpoint_id: max(0, min(lane.width - lane.under_way, doubtful if lane.is_doubtful else spare))
            for endpoint_id, lane in self._lanes.items()
        }

    @property
    def otherwise(self) -> int:
        """How many an endpoint may be sent that was sent nothing yet."""
        return WIDTH_FIRST if sum(lane.under_way for lane in self._lanes.values()) < TOTAL_MAX else 0

    def begin(self, endpoint_id: WebhookEndpointId) -> None:
        """One more is on its way."""
        self._lanes.setdefault(endpoint_id, _Lane()).under_way += 1

    def end(self, endpoint_id: WebhookEndpointId, *, is_delivered: bool) -> None:
        """One has arrived, or has not."""
        lane = self._lanes[endpoint_id]
        lane.under_way -= 1
        lane.is_doubtful = not is_delivered
        lane.width = min(lane.width * 2, WIDTH_MAX) if is_delivered else 1
