"""The event feed on PostgreSQL: the records of the audit log that changed something, by position."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from typing_extensions import override

from bankcore.actions import Audience
from bankcore.errors import BankcoreError, InvalidRequestError
from bankcore.events.feed import EventFeed, FeedEvent, FeedPage, FeedPosition, FeedSubject
from bankcore.identifiers import AccountId, EventId
from bankcore_infra.audit.recording.positions import PlacedRecord, PositionsStoppedError, place_records, read_placed
from bankcore_infra.audit.recording.record_bodies import audience_of, effects_of, subject_id_of
from bankcore_infra.audit.sealing.sealed_log import StoredLog
from bankcore_infra.db import arrays
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.log_messages import LogMessage, logger_of

_LOG: Final = logger_of("events")

_SUCCESS: Final = "success"
# Members of every record, which are not facts of the event.
_FRAME: Final = frozenset(
    {
        *("v", "id", "tenant", "at", "action", "outcome", "actor", "request", "context"),
        *("audience", "subject", "effects", "accounts"),
    }
)
_SCANNED_AT_ONCE: Final = 1_000
_SCANS_MAX: Final = 10
_PLACED_AT_ONCE: Final = 2_000
_BRIEFLY: Final = "SET LOCAL statement_timeout = '1s'"
_OWN: Final = """
    SELECT id FROM bankcore.accounts WHERE tenant_id = %s AND id = ANY(%s::uuid[]) AND owner_id = %s
"""


class SqlEventFeed(EventFeed):
    """The changes of the tenant of these transactions."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def read(self, *, owner_id: str | None = None, after: FeedPosition | None = None, limit: int) -> FeedPage:
        self._place_what_is_new()
        return self._transactions.rehearse(lambda connection: _read(connection, after, owner_id, limit))

    def _place_what_is_new(self) -> None:
        """Give new records their positions, so that they are in the feed also where no scheduler runs. A failure
        only delays them.
        """
        if not self._transactions.commits:
            return
        try:
            self._transactions.run(_place)
        except (PositionsStoppedError, BankcoreError) as error:
            _LOG.warning(
                LogMessage(
                    "event feed behind: the newest records have no position yet",
                    tenant=str(self._transactions.tenant_id),
                    error=type(error).__name__,
                )
            )


def _place(connection: TenantConnection) -> None:
    connection.sql.exec_driver_sql(_BRIEFLY)
    place_records(connection, most=_PLACED_AT_ONCE)


def _not_a_place() -> InvalidRequestError:
    return InvalidRequestError(pointer="/query/cursor", detail="this is no place in this feed")


def _read(connection: TenantConnection, after: FeedPosition | None, owner_id: str | None, limit: int) -> FeedPage:
    """Scan a bounded part of the log, until the page is full or the log ends."""
    start = 0 if after is None else _start_after(connection, after)
    events: list[FeedEvent] = []
    scanned: FeedPosition | None = None
    for _ in range(_SCANS_MAX):
        records = read_placed(connection, start, limit=_SCANNED_AT_ONCE)
        events += _events_of(connection, records, owner_id)
        if len(events) > limit:
            return FeedPage(events=events[:limit], next_position=events[limit - 1].position)
        if len(records) < _SCANNED_AT_ONCE:
            return FeedPage(events=events, next_position=None)
        scanned, start = FeedPosition(records[-1].position, records[-1].id), records[-1].position + 1
    return FeedPage(events=events, next_position=scanned)


def _start_after(connection: TenantConnection, after: FeedPosition) -> int:
    """The position after that event, wherever it is: a cursor of before positions, or from before an era, goes on.

    Raises:
        InvalidRequestError: there is no such event in the log; perhaps there was, in a state that is lost.
    """
    leaf = StoredLog(connection).find_leaf(after.event_id)
    if leaf is None:
        raise _not_a_place()
    return leaf.idx + 1


def _events_of(connection: TenantConnection, records: Sequence[PlacedRecord], owner_id: str | None) -> list[FeedEvent]:
    changes = [record for record in records if record.outcome == _SUCCESS]
    own = None
    if owner_id is not None:
        own = _own_among(connection, {account_id for record in changes for account_id in record.account_ids}, owner_id)
        changes = [record for record in changes if not own.isdisjoint(record.account_ids)]
    events = [_find_event(connection, record, own) for record in changes]
    return [event for event in events if event is not None]


def _own_among(connection: TenantConnection, account_ids: set[UUID], owner_id: str) -> frozenset[AccountId]:
    if not account_ids:
        return frozenset()
    rows = connection.sql.exec_driver_sql(_OWN, (connection.tenant_id, arrays.uuids(sorted(account_ids)), owner_id))
    return frozenset(AccountId(account_id) for (account_id,) in rows)


def _find_event(
    connection: TenantConnection, record: PlacedRecord, own: frozenset[AccountId] | None
) -> FeedEvent | None:
    """The event; None if it is not for this reader, or malformed."""
    body = record.find_body(connection.tenant_id)
    if body is None or record.at is None:
        _LOG.warning(
            LogMessage(
                "record left out of the event feed: it is malformed",
                tenant=str(connection.tenant_id),
                record=str(record.id),
            )
        )
        return None
    audience = audience_of(body)
    if audience is Audience.NOBODY or (own is not None and audience is not Audience.OWNER):
        return None
    account_ids = [AccountId(account_id) for account_id in record.account_ids]
    subject_id = subject_id_of(body)
    return FeedEvent(
        id=EventId(record.id),
        position=FeedPosition(record.position, record.id),
        action=record.action,
        occurred_at=record.at,
        subject=None if subject_id is None else FeedSubject(body["subject"]["kind"], subject_id),
        account_ids=account_ids,
        own_account_ids=None if own is None else own.intersection(account_ids),
        effects=effects_of(body),
        facts={name: value for name, value in body.items() if name not in _FRAME},
    )
