"""The unit of work that every capability needs: its time, its keys with their answers, and recorded events."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from bankcore.events.stamps import Event, Stamp
from bankcore.idempotency.keys import Claim, IdempotencyKey, KeyRecord
from bankcore.origin import Origin

T = TypeVar("T")
U_co = TypeVar("U_co", covariant=True)


class KeyStore(Protocol):
    """Keys of one tenant inside one unit of work."""

    @property
    @abstractmethod
    def opened_at(self) -> datetime:
        """When this unit of work began, by the database's clock, in UTC."""

    @abstractmethod
    def claim_keys(self, keys: Sequence[IdempotencyKey]) -> Mapping[IdempotencyKey, Claim]:
        """Take the keys for this unit of work, without ever waiting for another one.

        For each key: the unexpired record of a finished request; `IN_PROGRESS` while another unit of work holds it;
        None when it is now held by this one, until its end. An expired key counts as never used.
        """

    @abstractmethod
    def store_outcomes(self, records: Iterable[KeyRecord]) -> None:
        """Remember the answers to claimed keys; others see them when this unit of work is committed."""


class UnitOfWork(KeyStore, Protocol):
    """Work for one tenant that is committed together, or not at all."""

    @property
    @abstractmethod
    def key_lifetime(self) -> timedelta:
        """How long an answer is remembered."""

    @abstractmethod
    def new_stamp(self, origin: Origin) -> Stamp:
        """The stamp of an event that happens now, in this unit of work, because of that origin."""

    @abstractmethod
    def publish(self, events: Iterable[Event]) -> None:
        """Record the events in the audit log, in this unit of work."""


class Units(Protocol[U_co]):
    """Runs a piece of work in a unit of work of its own."""

    @abstractmethod
    def run(self, work: Callable[[U_co], T], *, resubmittable: bool = False) -> T:
        """Run the work and commit. It may run several times, each time from the beginning in a fresh unit of work:
        after a deadlock or serialization failure, a lost race for a unique name, and, if `resubmittable`, after a
        connection that was lost during COMMIT (its keys or sources then show what became of the first try).

        Raises:
            UnavailableError: nothing was recorded.
            OutcomeUnknownError: the connection was lost during COMMIT and the work could not be submitted again.
        """
