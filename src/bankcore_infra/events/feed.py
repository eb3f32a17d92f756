"""The event feed on PostgreSQL: the audit log in commit order, without what changed nothing."""

import json
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from typing_extensions import override

from bankcore.errors import InvalidRequestError
from bankcore.events.feed import EventFeed, FactValue, FeedEvent, FeedPage, FeedPosition
from bankcore.identifiers import AccountId, EventId
from bankcore_infra.audit.commit_pages import (
    BEGINNING,
    CommitOrderLostError,
    CommitPosition,
    CommittedRecord,
    read_committed,
)
from bankcore_infra.db import arrays
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions

_SUCCESS: Final = "success"
# Of everything that can happen to an account, its owner is shown this; why an account was frozen, for one, is not told.
_FOR_OWNERS: Final = frozenset({"transaction.posted", "account.opened"})
# Who came, went and looked: no change of anything that others could act on.
_NOT_CHANGES: Final = ("session.", "audit.", "user.logged_")
# Members of every record: they are the event itself, or tell who was behind it.
_FRAME: Final = frozenset({"v", "id", "tenant", "at", "action", "outcome", "actor", "request", "context"})
_SCANNED_AT_ONCE: Final = 1_000
_SCANS_MAX: Final = 10
_OWN: Final = """
    SELECT id FROM bankcore.accounts WHERE tenant_id = %s AND id = ANY(%s::uuid[]) AND owner_id = %s
"""


class SqlEventFeed(EventFeed):
    """The changes of the tenant of these transactions."""

    def __init__(self, transactions: Transactions) -> None:
        """Read in transactions that change nothing."""
        self._transactions = transactions

    @override
    def read(self, *, owner_id: str | None = None, after: FeedPosition | None = None, limit: int) -> FeedPage:
        position = BEGINNING if after is None else CommitPosition(after.transaction, after.event_id)
        if position < BEGINNING:
            raise _not_a_place()
        try:
            return self._transactions.rehearse(lambda connection: _read(connection, position, owner_id, limit))
        except CommitOrderLostError:
            raise _not_a_place() from None


def _not_a_place() -> InvalidRequestError:
    return InvalidRequestError(pointer="/query/cursor", detail="this is no place in this feed")


def _read(connection: TenantConnection, position: CommitPosition, owner_id: str | None, limit: int) -> FeedPage:
    """Scan the log from the position on, a bounded part of it, until the page is full or the log ends."""
    events: list[FeedEvent] = []
    for _ in range(_SCANS_MAX):
        page = read_committed(connection, position, limit=_SCANNED_AT_ONCE)
        events += _events_of(connection, page.records, owner_id)
        if len(events) > limit:
            return FeedPage(events=events[:limit], next_position=events[limit - 1].position)
        if len(page.records) < _SCANNED_AT_ONCE:
            return FeedPage(events=events, next_position=None)
        position = page.records[-1].position
    return FeedPage(events=events, next_position=FeedPosition(*position))


def _events_of(
    connection: TenantConnection, records: Sequence[CommittedRecord], owner_id: str | None
) -> list[FeedEvent]:
    changes = [record for record in records if _is_change(record, owner_id)]
    if owner_id is None:
        return [_event(record, None) for record in changes]
    own = _own_among(connection, {account_id for record in changes for account_id in record.account_ids}, owner_id)
    return [_event(record, own) for record in changes if not own.isdisjoint(record.account_ids)]


def _is_change(record: CommittedRecord, owner_id: str | None) -> bool:
    if record.outcome != _SUCCESS:
        return False
    return record.action in _FOR_OWNERS if owner_id is not None else not record.action.startswith(_NOT_CHANGES)


def _own_among(connection: TenantConnection, account_ids: set[UUID], owner_id: str) -> frozenset[AccountId]:
    if not account_ids:
        return frozenset()
    rows = connection.sql.exec_driver_sql(_OWN, (connection.tenant_id, arrays.uuids(sorted(account_ids)), owner_id))
    return frozenset(AccountId(account_id) for (account_id,) in rows)


def _event(record: CommittedRecord, own: frozenset[AccountId] | None) -> FeedEvent:
    body: Mapping[str, FactValue] = json.loads(record.body)
    account_ids = [AccountId(account_id) for account_id in record.account_ids]
    return FeedEvent(
        id=EventId(record.position.id),
        position=FeedPosition(*record.position),
        action=record.action,
        occurred_at=record.at,
        account_ids=account_ids,
        own_account_ids=None if own is None else own.intersection(account_ids),
        facts={name: value for name, value in body.items() if name not in _FRAME},
    )
