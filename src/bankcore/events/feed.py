"""The event feed: the changes of a tenant in the order of the commits, after any place."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from bankcore.identifiers import AccountId, EventId

FactValue = str | int | bool | Sequence["FactValue"] | Mapping[str, "FactValue"] | None
"""A recorded fact; amounts are decimal strings, instants are text."""


class FeedSubject(NamedTuple):
    """What an event is about."""

    kind: str
    id: UUID


class EventEffect(NamedTuple):
    """How an account stands after an event, and what the event did to it; amounts are decimal strings of `currency`.

    `amount` is what moved, None if nothing did; `was` is the status before, None if it is the same. An old event may
    tell only the status.
    """

    account_id: AccountId
    sequence: int
    currency: str | None
    amount: str | None
    balance: str | None
    held: str | None
    status: str
    was: str | None


class FeedPosition(NamedTuple):
    """A place in the feed: just after the event of that id, which has that position in the tenant's log."""

    number: int
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent:
    """Something that changed; it never changes again, and neither does its place.

    `own_account_ids` are the accounts of the reader in it, None for readers who may see everything.
    """

    id: EventId
    position: FeedPosition
    action: str
    occurred_at: datetime
    subject: FeedSubject | None
    account_ids: Sequence[AccountId]
    own_account_ids: frozenset[AccountId] | None
    effects: Sequence[EventEffect]
    facts: Mapping[str, FactValue]

    def may_see(self, account_id: AccountId) -> bool:
        """Whether the reader may see what is on that account."""
        return self.own_account_ids is None or account_id in self.own_account_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """The next events; `next_position` goes on after them, None at the present end of the feed.

    A page can be short or empty and still have a next one, because many events may not be for the reader.
    """

    events: Sequence[FeedEvent]
    next_position: FeedPosition | None


class EventFeed(Protocol):
    """The changes of one tenant."""

    @abstractmethod
    def read(self, *, owner_id: str | None = None, after: FeedPosition | None = None, limit: int) -> FeedPage:
        """The events after that position, oldest first; with an owner those on the owner's accounts.

        A reader that goes on from the last position gets every event once, while others commit. Refusals and logins are
        no changes; they are in the audit log.

        Raises:
            InvalidRequestError: the position is not of this feed.
        """
