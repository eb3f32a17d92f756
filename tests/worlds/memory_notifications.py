"""A tenant's notifications in memory: users with addresses, a channel, and somebody who sends."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from bankcore.identifiers import EventId, TenantId, UserId
from bankcore.notifications.channels import ChannelName
from bankcore.notifications.deliveries import Delivery, DeliveryBackOff
from bankcore.notifications.notices import Notification, notice_of_registration
from bankcore.notifications.record import record_notifications
from bankcore.notifications.send import SendNotifications
from bankcore.notifications.service import NotificationService
from bankcore.testing import InMemoryBank, in_memory_bank
from bankcore.testing.notifications import (
    InMemoryChannel,
    InMemoryNotices,
    InMemoryNotifications,
    InMemoryNotificationUnits,
    InMemoryRecipients,
)

TENANT: Final = TenantId(UUID(int=0xA1))
SITA, RAM, NOBODY = (UserId(UUID(int=number)) for number in (0xB1, 0xB2, 0xB3))
EMAIL: Final = frozenset({ChannelName.EMAIL})


@dataclass
class MemoryNotifications:
    """Everything in memory, by a clock that stands still."""

    bank: InMemoryBank = field(default_factory=in_memory_bank)
    kept: InMemoryNotifications = field(default_factory=InMemoryNotifications)
    channel: InMemoryChannel = field(default_factory=InMemoryChannel)
    notices: InMemoryNotices = field(default_factory=InMemoryNotices)

    def __post_init__(self) -> None:
        self.clock = self.bank.clock
        self.units = InMemoryNotificationUnits(self.kept, self.bank)
        self.service = NotificationService(self.units)
        self.recipients = InMemoryRecipients({SITA: "sita@example.com", RAM: "ram@example.com"})

    def sending(self, *, attempts_max: int = 26, channels: bool = True) -> SendNotifications:
        """Somebody who sends, with pauses of whole minutes."""
        return SendNotifications(
            units=self.units,
            channels={ChannelName.EMAIL: self.channel} if channels else {},
            recipients=self.recipients,
            notices=self.notices,
            jitter_permille=lambda: 0,
            back_off=DeliveryBackOff(
                first=timedelta(minutes=1), longest=timedelta(minutes=4), attempts_max=attempts_max
            ),
        )

    def welcome(self, user_id: UserId = SITA, *, event: int = 1, at: datetime | None = None) -> Notification:
        """What that user is told first."""
        return notice_of_registration(EventId(UUID(int=event << 64)), user_id, at or self.clock.now())

    def record(self, notification: Notification, *, configured: frozenset[ChannelName] = EMAIL) -> int:
        """Record it; how many deliveries were new."""
        self.notices.add(notification)
        return self.units.run(lambda store: record_notifications(store, [notification], configured=configured))

    def only(self) -> Delivery:
        """The one delivery there is."""
        (delivery,) = self.kept.deliveries.values()
        return delivery
