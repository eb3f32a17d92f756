"""An event feed in memory, of the changes that a test has added."""

from collections.abc import Callable
from dataclasses import replace

from bankcore.actions import Audience
from bankcore.errors import InvalidRequestError
from bankcore.events.feed import EventFeed, FeedEvent, FeedPage, FeedPosition
from bankcore.identifiers import AccountId


class InMemoryEventFeed(EventFeed):
    """The changes in the order in which they were added; `owner_of` tells whose an account is."""

    def __init__(self, owner_of: Callable[[AccountId], str | None]) -> None:
        self._owner_of = owner_of
        self._events: list[tuple[FeedEvent, Audience]] = []

    def add(self, event: FeedEvent, audience: Audience = Audience.OWNER) -> None:
        """Add the change for that audience."""
        self._events.append((event, audience))

    def read(self, *, owner_id: str | None = None, after: FeedPosition | None = None, limit: int) -> FeedPage:
        start = 0 if after is None else self._place_after(after)
        shown = [seen for event, audience in self._events[start:] if (seen := self._seen(event, audience, owner_id))]
        if len(shown) > limit:
            return FeedPage(events=shown[:limit], next_position=shown[limit - 1].position)
        return FeedPage(events=shown, next_position=None)

    def _place_after(self, after: FeedPosition) -> int:
        for place, (event, _audience) in enumerate(self._events, start=1):
            if event.id == after.event_id:
                return place
        raise InvalidRequestError(pointer="/query/cursor", detail="this is no place in this feed")

    def _seen(self, event: FeedEvent, audience: Audience, owner_id: str | None) -> FeedEvent | None:
        """The event as its reader sees it; None if it is not for that reader."""
        if audience is Audience.NOBODY:
            return None
        if owner_id is None:
            return event
        own = frozenset(account_id for account_id in event.account_ids if self._owner_of(account_id) == owner_id)
        return replace(event, own_account_ids=own) if own and audience is Audience.OWNER else None
