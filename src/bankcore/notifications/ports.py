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
        """What each of the users chose; the defaults for everything that was never chosen."""

    @abstractmethod
    def replace_preferences(self, user_id: UserId, preferences: Preferences) -> None:
        """Keep these instead of those before."""

    @abstractmethod
    def record(self, deliveries: Sequence[NewDelivery]) -> int:
        """Record deliveries; one for the same event, user and channel is there once. How many were new."""

    @abstractmethod
    def take_due(self, lease: timedelta) -> Delivery | None:
        """Begin an attempt: the longest due open delivery, with its attempt counted, or None.

        Nobody else gets it before the lease is over, and of any number who ask at once each gets another one. Without
        a result by then, it is due again, and its last error is `UNFINISHED`; what is returned has the error before.
        """

    @abstractmethod
    def settle(self, delivery: Delivery, result: AttemptResult) -> bool:
        """Record what came of the attempt that was taken; False, and nothing, if it is no longer the latest one."""

    @abstractmethod
    def revive(self, delivery_id: UUID) -> Delivery | None:
        """Make a dead or skipped delivery due for one more attempt; as it was, or None if there is no such one."""

    @abstractmethod
    def list_of_user(self, user_id: UserId, *, before: UUID | None, limit: int) -> Sequence[Delivery]:
        """The user's deliveries, latest first; only those recorded before that one if it is given."""

    @abstractmethod
    def list_by_status(self, status: DeliveryStatus, *, limit: int) -> Sequence[Delivery]:
        """The latest deliveries that stand there."""


class Notices(Protocol):
    """Knows what users are told of events; asked right before sending, since deliveries carry no texts."""

    @abstractmethod
    def find_notification(self, delivery: Delivery) -> Notification | None:
        """What the delivery's user is told of its event; None if the event cannot be read."""


NotificationUnits = Units[NotificationStore]
"""Run a piece of the work of notifications in a unit of work of its own."""
