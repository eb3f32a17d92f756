"""Deliveries: one notification on its way over one channel, and when it is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from bankcore.identifiers import EventId, UserId
from bankcore.notifications.channels import ChannelName, DeliveryProblem, PermanentFailureError
from bankcore.notifications.notices import Notification
from bankcore.notifications.templates import TemplateName

NOT_CONFIGURED: Final = "not_configured"
TOO_OLD: Final = "too_old"
NO_RECIPIENT: Final = "no_recipient"
UNREADABLE: Final = "unreadable"
UNFINISHED: Final = "unfinished"
ABANDONED: Final = "abandoned"

_DOUBLINGS_MAX: Final = 40
# An id has the first 64 bits of the event's id, which tell the time, then the two bits that every UUID has there, and
# 62 bits of a hash.
_WHEN: Final = slice(0, 8)
_HASH_MASK: Final = (1 << 62) - 1
_VARIANT: Final = 0b10 << 62


class DeliveryStatus(StrEnum):
    """Where a delivery stands. `failed` is tried again; `sent`, `dead` and `skipped` are not, unless revived."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    DEAD = "dead"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A delivery that is to be recorded; without a reason to skip it, it is due at once."""

    notification: Notification
    channel: ChannelName
    skipped_because: str | None = None

    @property
    def id(self) -> UUID:
        """The id of `delivery_id`."""
        return delivery_id(self.notification.event_id, self.notification.user_id, self.channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A recorded delivery. `attempt` counts those begun; `next_at` is when an open one is due."""

    id: UUID
    event_id: EventId
    user_id: UserId
    channel: ChannelName
    template: TemplateName
    status: DeliveryStatus
    attempt: int
    next_at: datetime | None
    last_error: str | None
    sent_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Delivered:
    """The channel took it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not get through; it is tried again after that time."""

    after: timedelta
    problem: str


@dataclass(frozen=True, slots=True)
class Dead:
    """It is not tried again by itself; an operator sees it, and may revive it."""

    problem: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """There was no way to try."""

    problem: str


AttemptResult = Delivered | Failed | Dead | Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryBackOff:
    """When a failed delivery is tried again: after doubling pauses, for about four days (RFC 5321, 4.5.4.1)."""

    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(hours=6)
    attempts_max: int = 26

    def pause_after(self, attempt: int, jitter_permille: int) -> timedelta:
        """The pause after that attempt, counted from 1, longer by that many thousandths."""
        pause = min(self.first * (1 << min(attempt - 1, _DOUBLINGS_MAX)), self.longest)
        return pause + pause * jitter_permille // 1000

    def result_of(self, failure: DeliveryProblem, attempt: int, jitter_permille: int) -> Failed | Dead:
        """The result of a delivery whose attempt, counted from 1, ended in that failure."""
        if isinstance(failure, PermanentFailureError) or attempt >= self.attempts_max:
            return Dead(failure.problem)
        return Failed(self.pause_after(attempt, jitter_permille), failure.problem)


def delivery_id(event_id: EventId, user_id: UserId, channel: ChannelName) -> UUID:
    """The id of what that user is told of that event over that channel: the same each time, and sorted by event.

    So a delivery that is recorded again has the same key.
    """
    told = sha256(event_id.bytes + user_id.bytes + channel.encode()).digest()
    number = int.from_bytes(told[_WHEN], "big") & _HASH_MASK | _VARIANT
    return UUID(bytes=event_id.bytes[_WHEN] + number.to_bytes(8, "big"))
