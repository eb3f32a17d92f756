"""Endpoints: where events are sent, which ones, and when an endpoint has failed for too long."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from bankcore.errors import InvalidRequestError

WebhookEndpointId = NewType("WebhookEndpointId", UUID)

EVERY_EVENT: Final = "*"
EVENTS_MAX: Final = 100
DESCRIPTION_LENGTH_MAX: Final = 200
ENDPOINTS_MAX: Final = 100
FAILING_MAX: Final = timedelta(days=5)
"""An endpoint that takes nothing for so long is disabled."""

_EVENT: Final = re.compile(r"[a-z_]{1,60}\.[a-z_]{1,60}", re.ASCII)


class DisabledBecause(StrEnum):
    """Why nothing is sent to an endpoint."""

    BY_HAND = "by_hand"
    GONE = "gone"
    FAILING = "failing"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint:
    """A place that is told of events. `secret_version` counts rotations; until `previous_secret_until`, messages are
    signed with the secret before too.
    """

    id: WebhookEndpointId
    url: str
    events: Sequence[str]
    description: str
    created_at: datetime
    disabled_because: DisabledBecause | None = None
    failing_since: datetime | None = None
    secret_version: int = 1
    previous_secret_until: datetime | None = None

    @property
    def is_enabled(self) -> bool:
        """Whether anything is sent to it."""
        return self.disabled_because is None

    def wants(self, event_type: str) -> bool:
        """Whether it is told of events of that name."""
        return EVERY_EVENT in self.events or event_type in self.events

    def enabled(self) -> "WebhookEndpoint":
        """The same, with another chance."""
        return replace(self, disabled_because=None, failing_since=None)

    def disabled(self, because: DisabledBecause) -> "WebhookEndpoint":
        """The same, and nothing is sent to it any more."""
        return replace(self, disabled_because=because)

    def rotated(self, *, until: datetime) -> "WebhookEndpoint":
        """The same with a new secret; the one before is good until then."""
        return replace(self, secret_version=self.secret_version + 1, previous_secret_until=until)

    def succeeded(self) -> "WebhookEndpoint":
        """The same after it took a message."""
        return replace(self, failing_since=None)

    def failed(self, at: datetime) -> "WebhookEndpoint":
        """The same after it took no message; it is disabled when it has taken none for too long."""
        if self.failing_since is None:
            return replace(self, failing_since=at)
        return self.disabled(DisabledBecause.FAILING) if at - self.failing_since >= FAILING_MAX else self


def require_events(events: Sequence[str]) -> tuple[str, ...]:
    """The names of events, sorted, each once. Raises: InvalidRequestError."""
    if not 1 <= len(events) <= EVENTS_MAX:
        raise InvalidRequestError(pointer="/events", detail=f"1 to {EVENTS_MAX} names of events, or *")
    if not all(name == EVERY_EVENT or _EVENT.fullmatch(name) for name in events):
        raise InvalidRequestError(pointer="/events", detail="names of events as the feed tells them, or *")
    return tuple(sorted(set(events)))


def require_description(description: str) -> str:
    """The description. Raises: InvalidRequestError."""
    if len(description) > DESCRIPTION_LENGTH_MAX or not description.isprintable():
        raise InvalidRequestError(
            pointer="/description", detail=f"at most {DESCRIPTION_LENGTH_MAX} printable characters"
        )
    return description
