"""What notifications need from outside: a place for deliveries and preferences, in units of work."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from uuid import UUID

from bankcore.idempotency.ports import KeyStore
from bankcore.identifiers import UserId
from bankcore.notifications.deliveries import AttemptResult, Delivery, DeliveryStatus, NewDelivery
from bankcore.notifications.events import NotificationEvent
from bankcore.notifications.notices import Notification
from bankcore.notifications.preferences import Preferences

T = TypeVar("T")


class NotificationStore(KeyStore, Protocol):
    """Deliveries and preferences of one tenant inside one unit of work."""

    @property
    @abstractmethod
    def opened_at(self) -> datetime:
        """When this unit of work began, by the database's clock, in UTC."""

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

    @abstractmethod
    def publish(self, event: NotificationEvent) -> None:
        """Record the event in the audit log, in this unit of work."""


class Notices(Protocol):
    """Knows what users are told of events; asked right before sending, since deliveries carry no texts."""

    @abstractmethod
    def find_notification(self, delivery: Delivery) -> Notification | None:
        """What the delivery's user is told of its event; None if the event cannot be read."""


class NotificationUnits(Protocol):
    """Runs a piece of work in a unit of work of its own."""

    @abstractmethod
    def run(self, work: Callable[[NotificationStore], T], *, resubmittable: bool = False) -> T:
        """Run the work and commit; it may run several times, as that of the ledger's `UnitsOfWork`.

        Raises:
            UnavailableError: nothing was recorded.
            OutcomeUnknownError: the connection was lost during COMMIT and the work could not be submitted again.
        """
