"""The port of everything that follows an event: a consumer gets each event once, in the order of each account."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from bankcore.events.feed import EventEffect
from bankcore.identifiers import AccountId, TenantId
from bankcore_infra.db.tenant_connection import TenantConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumedEvent:
    """A committed record of the audit log, as one customer account met it.

    What changed accounts is consumed once for each customer account among them, with `sequence` the account's last
    entry after it, 0 where there is none yet. Anything else is consumed once, without account and sequence, and in no
    particular order. `body` is what the record says, in the present frame: amounts are decimal strings, instants text.
    `effects` are those of its body, read once for all accounts of the record.
    """

    id: UUID
    tenant_id: TenantId
    action: str
    account_id: AccountId | None
    sequence: int | None
    occurred_at: datetime
    body: Mapping[str, Any]
    effects: Sequence[EventEffect]


class RetryLater(Exception):  # noqa: N818 - it tells what to do, and is no error of the consumer
    """This attempt failed as may happen; the next one comes after `after_s` seconds, at most an hour.

    The reason is stored and shown to operators, so it is a constant sentence without names, addresses or amounts.
    """

    def __init__(self, after_s: float, reason: str = "asked for a later attempt") -> None:
        super().__init__(reason)
        self.after_s = after_s
        self.reason = reason


class Consumer(Protocol):
    """Does what follows an event. `name` is stored with what it has consumed, so it never changes.

    `actions` are the actions of the audit log that are consumed, such as `transaction.posted`.
    """

    name: str
    actions: frozenset[str]

    @abstractmethod
    def consume(self, connection: TenantConnection, events: Sequence[ConsumedEvent]) -> None:
        """Write the effects of the events on this connection, whose transaction also moves the consumer's cursor.

        All commit together, or nothing does: never commit, and write nowhere else. The connection belongs to the
        events' tenant. They come sorted by account and sequence, and on one account an event comes when the one before
        it is consumed or set aside as dead.

        Raises:
            Exception: nothing happened; the events come again one by one. If one fails alone, it is parked: RetryLater
                says when it is repeated, and anything else has it repeated with growing pauses; after too many it is a
                dead letter.
        """
