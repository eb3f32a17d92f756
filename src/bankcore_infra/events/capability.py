"""The event feed as a capability."""

from typing import Final

from bankcore.events.feed import EventFeed
from bankcore_infra.capability import Capability, TenantParts


def _feed(parts: TenantParts) -> EventFeed:
    from bankcore_infra.events.feed import SqlEventFeed

    return SqlEventFeed(parts.transactions)


EVENTS: Final = Capability(name="events", services={EventFeed: _feed})
