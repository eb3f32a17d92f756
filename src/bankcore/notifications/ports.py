"""What notifications need from outside: a place for deliveries and preferences, in units of work."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.identifiers import UserId
from bankcore.notifications.deliveries import AttemptResult, Delivery, DeliveryStatus, NewDelivery
from bankcore.notifications.notices import Notification
from bankcore.notifications.preferences import Preferences


class NotificationStore(UnitOfWork, Protocol):
    """Deliveries and preferences of one tenant inside one unit of work."""

    @abstractmethod
    def find_preferences(self, user_ids: AbstractSet[UserId]) -> Mapping[UserId, Preferences]:
        """The preferences of each user, with the defaults for all that was never chosen."""

    @abstractmethod
    def replace_preferences(self, user_id: UserId, preferences: Preferences) -> None:
        """Keep these instead of those before."""

    @abstractmethod
    def record(self, deliveries: Sequence[NewDelivery]) -> int:
        """Record deliveries, one for each event, user and channel. Returns how many were new."""

    @abstractmethod
    def take_due(self, lease: timedelta) -> Delivery | None:
        """Begin an attempt on the delivery that is due for longest. Returns it with the attempt counted, or None.

        No other sender gets it before the lease is over, and senders that ask at once get different ones. Without a
        result by then, it is due again, and its last error is `UNFINISHED`; the returned delivery has the error before.
        """

    @abstractmethod
    def settle(self, delivery: Delivery, result: AttemptResult) -> bool:
        """Record the result of the attempt; False, and nothing is recorded, if it is no longer the latest one."""

    @abstractmethod
    def revive(self, delivery_id: UUID) -> Delivery | None:
        """Make a dead or skipped delivery due for one more attempt. Returns it as it was, or None if there is none."""

    @abstractmethod
    def list_of_user(self, user_id: UserId, *, before: UUID | None, limit: int) -> Sequence[Delivery]:
        """The user's deliveries, latest first; only those recorded before that one if it is given."""

    @abstractmethod
    def list_by_status(self, status: DeliveryStatus, *, limit: int) -> Sequence[Delivery]:
        """The latest deliveries of that status."""


class Notices(Protocol):
    """Knows what users are told of events; asked right before sending, since deliveries carry no texts."""

    @abstractmethod
    def find_notification(self, delivery: Delivery) -> Notification | None:
        """The notification of the delivery; None if its event cannot be read."""


NotificationUnits = Units[NotificationStore]
"""Run a piece of the work of notifications in a unit of work of its own."""
