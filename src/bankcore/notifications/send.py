"""Sends due deliveries: takes one, tries it while no unit of work is open, and records the result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from bankcore.notifications.channels import Channel, ChannelDownError, ChannelName, DeliveryProblem, Message, Recipients
from bankcore.notifications.deliveries import (
    ABANDONED,
    NO_RECIPIENT,
    NOT_CONFIGURED,
    UNFINISHED,
    UNREADABLE,
    AttemptResult,
    Dead,
    Delivered,
    Delivery,
    DeliveryBackOff,
    Skipped,
)
from bankcore.notifications.ports import Notices, NotificationUnits

LEASE: Final = timedelta(minutes=2)
"""Longer than any attempt on any channel may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """An attempt: its delivery, its result, whether that was recorded, and whether the channel is down."""

    delivery: Delivery
    result: AttemptResult
    is_recorded: bool
    is_channel_down: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SendNotifications:
    """Sends the deliveries of one tenant, one at a time, at least once.

    If a sender dies after the channel took a message and before this is recorded, the delivery is sent again after the
    lease, with the same message id. `jitter_permille` tells how many thousandths a pause is made longer.
    """

    units: NotificationUnits
    channels: Mapping[ChannelName, Channel]
    recipients: Recipients
    notices: Notices
    jitter_permille: Callable[[], int]
    back_off: DeliveryBackOff = field(default_factory=DeliveryBackOff)

    def send_next(self) -> Attempted | None:
        """Try the delivery that is due for longest; None if none is.

        Raises:
            UnavailableError: what is due cannot be read, or what came of it cannot be recorded.
            OutcomeUnknownError: nothing was sent; the delivery is due again after the lease.
        """
        delivery = self.units.run(lambda store: store.take_due(LEASE))
        if delivery is None:
            return None
        result, is_channel_down = self._attempt(delivery)
        is_recorded = self.units.run(lambda store: store.settle(delivery, result), resubmittable=True)
        return Attempted(delivery=delivery, result=result, is_recorded=is_recorded, is_channel_down=is_channel_down)

    def _attempt(self, delivery: Delivery) -> tuple[AttemptResult, bool]:
        if delivery.attempt > self.back_off.attempts_max and delivery.last_error == UNFINISHED:
            # No attempt of this delivery ever ended: it kills the process that makes it.
            return Dead(ABANDONED), False
        channel = self.channels.get(delivery.channel)
        if channel is None:
            return Skipped(NOT_CONFIGURED), False
        address = self.recipients.find_address(delivery.user_id, delivery.channel)
        if address is None:
            return Skipped(NO_RECIPIENT), False
        notification = self.notices.find_notification(delivery)
        if notification is None:
            return Dead(UNREADABLE), False
        message = Message(id=delivery.id, to=address, text=notification.text, created_at=delivery.created_at)
        try:
            channel.send(message)
        except DeliveryProblem as failure:
            result = self.back_off.result_of(failure, delivery.attempt, self.jitter_permille())
            return result, isinstance(failure, ChannelDownError)
        return Delivered(), False
