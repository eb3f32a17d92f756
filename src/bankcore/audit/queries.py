"""Reading the audit log: the questions of auditors, and the port that answers and records them."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from bankcore.clock import require_period
from bankcore.identifiers import AccountId, EventId
from bankcore.origin import Origin


class AuditOutcome(StrEnum):
    """How a request ended: done, refused by the rules, denied to this caller, or undone by a failure."""

    SUCCESS = "success"
    REJECTED = "rejected"
    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedEvent:
    """A record of the audit log; `body` is what is sealed, and the other members repeat facts of it.

    Address and user agent are None where they were never known, or were erased.
    """

    id: EventId
    at: datetime
    action: str
    outcome: AuditOutcome
    actor_type: str
    actor_id: str
    subject_id: UUID | None
    account_ids: Sequence[UUID]
    request_id: str | None
    ip_address: str | None
    user_agent: str | None
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which records to list: those that meet all conditions, recorded in [from, to)."""

    account_id: AccountId | None = None
    actor_id: str | None = None
    action: str | None = None
    outcome: AuditOutcome | None = None
    request_id: str | None = None
    from_instant: datetime | None = None
    to_instant: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse times without an offset from UTC; InvalidRequestError."""
        require_period(self.from_instant, self.to_instant)


class AuditPosition(NamedTuple):
    """A place in the audit log, which is listed from the latest record to the first."""

    at: datetime
    event_id: EventId


class AuditQueries(Protocol):
    """Reads of one tenant's audit log.

    Each call leaves one record, `audit.read` by that origin with the question, in the same unit of work, so that nobody
    reads the log unseen.
    """

    @abstractmethod
    def list_events(
        self, wanted: AuditFilter, *, before: AuditPosition | None = None, limit: int, origin: Origin
    ) -> Sequence[AuditedEvent]:
        """The records, latest first, from just before the given position."""

    @abstractmethod
    def get_event(self, event_id: EventId, *, origin: Origin) -> AuditedEvent:
        """The record with that id.

        Raises:
            NotFoundError: there is none.
        """

    @abstractmethod
    def export_events(
        self, *, from_instant: datetime | None = None, to_instant: datetime | None = None, origin: Origin
    ) -> Iterator[AuditedEvent]:
        """Every record of [from, to), oldest first, read piece by piece while the caller takes them.

        The export is recorded before it begins, and ends with the records before its own.
        """
