"""The event feed over HTTP: changes in the order of their commits, after any place."""

from typing import Final
from uuid import UUID

from bankcore.errors import InvalidRequestError
from bankcore.events.feed import EventFeed, FeedPosition
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.events.shapes import FeedEventShape, present_feed_event
from bankcore_http.reading.pagination import CursorFormat, ListQuery

_CURSOR: Final = CursorFormat("events", int, UUID, into=FeedPosition)


def events_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/events`, of the caller's tenant: all changes for staff, else those on the caller's own accounts."""
    feed_of = services.each(EventFeed)
    blueprint = Blueprint("events", url_prefix="/v1/events", description="What changed, in commit order")

    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.EVENTS_READ))
    @blueprint.arguments(ListQuery)
    @blueprint.response(200, FeedEventShape, many=True)
    @blueprint.raises(InvalidRequestError)
    def list_events(caller: Caller, query: ListQuery) -> Answer:
        """List what changed, oldest first; with the cursor of an event or of a page, what changed since.

        Yours are those of your own accounts; staff get all of the tenant. Nothing is ever put in before a
        cursor, so whoever goes on from the last one misses nothing.
        """
        return read_feed(feed_of(caller.principal.tenant_id), caller, query)

    return blueprint


def read_feed(feed: EventFeed, caller: Caller, query: ListQuery) -> Answer:
    """One page of the feed. A page may be short and have a next one; the feed ends where there is no next cursor.

    Raises:
        InvalidRequestError: a cursor of another list, or of another database.
    """
    page = feed.read(owner_id=caller.only_owner, after=_CURSOR.read(query), limit=query.limit)
    shown = [present_feed_event(event, cursor=_CURSOR.text(query, _values(event.position))) for event in page.events]
    next_values = None if page.next_position is None else _values(page.next_position)
    return Answer(shown, page=_CURSOR.page(query, next_values))


def _values(position: FeedPosition) -> tuple[int, UUID]:
    return position.number, position.event_id
