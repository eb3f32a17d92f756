"""Deliveries in PostgreSQL, the queue of record: what is still owed to each consumer, and who is at it.

A delivery is `waiting` while an earlier one of its account is unfinished, `pending` until it is due, `leased` while it
is with the broker or a worker, and `dead` when it was tried too often. A finished one is deleted; the inbox remembers
it. Every lease has a new attempt number, and only who knows the present one may finish: a worker that slept through its
lease finds the number changed. All times are the database's.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from bankcore.identifiers import AccountId
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Rows, Statement
from bankcore_infra.db.locking import locking_delivery
from bankcore_infra.db.tenant_connection import TenantConnection

NO_ACCOUNT: Final = UUID(int=0)

_ADD: Final = """
    INSERT INTO bankcore.deliveries (tenant_id, id, consumer, event_id, account_id, sequence, after_xid, status)
    SELECT %s, id, consumer, event_id, account_id, sequence, %s::text::xid8,
           CASE WHEN account_id IS NULL THEN 'pending' ELSE 'waiting' END
    FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::bigint[])
        AS new (id, consumer, event_id, account_id, sequence)
"""
# The first unfinished delivery of each account, found by jumping along the index from account to account.
_RELEASE_FIRSTS: Final = """
    WITH RECURSIVE firsts AS (
        (SELECT account_id, id, status, after_xid FROM bankcore.deliveries
         WHERE tenant_id = %(tenant)s AND consumer = %(consumer)s AND account_id IS NOT NULL
           AND status IN ('waiting', 'pending', 'leased')
         ORDER BY account_id, sequence, id LIMIT 1)
        UNION ALL
        SELECT next.* FROM firsts CROSS JOIN LATERAL (
            SELECT account_id, id, status, after_xid FROM bankcore.deliveries
            WHERE tenant_id = %(tenant)s AND consumer = %(consumer)s AND account_id > firsts.account_id
              AND status IN ('waiting', 'pending', 'leased')
            ORDER BY account_id, sequence, id LIMIT 1
        ) AS next
    )
    UPDATE bankcore.deliveries SET status = 'pending', due_at = now()
    WHERE tenant_id = %(tenant)s AND status = 'waiting' AND id = ANY(ARRAY(
        SELECT id FROM firsts WHERE status = 'waiting' AND after_xid <= %(read_below)s::text::xid8))
"""
_BEGIN: Final = Statement("""
    UPDATE bankcore.deliveries
    SET attempt = attempt + 1, starts = starts + 1, due_at = now() + $4::float8 * interval '1 second'
    WHERE tenant_id = $1::uuid AND id = $2::uuid AND attempt = $3::integer AND status = 'leased'
    RETURNING id, attempt, starts, consumer, event_id, account_id, sequence
""")
_BEGIN_NEXT: Final = Statement("""
    UPDATE bankcore.deliveries
    SET status = $4::text, attempt = attempt + $5::integer, starts = starts + $5::integer,
        due_at = now() + $6::float8 * interval '1 second'
    WHERE tenant_id = $1::uuid AND status = 'waiting' AND id = (
        SELECT id FROM bankcore.deliveries
        WHERE tenant_id = $1::uuid AND consumer = $2::text AND account_id = $3::uuid
          AND status IN ('waiting', 'pending', 'leased')
        ORDER BY sequence, id LIMIT 1)
      AND after_xid <= (
        SELECT read_below FROM bankcore.subscriptions WHERE tenant_id = $1::uuid AND consumer = $2::text)
    RETURNING id, attempt, starts, consumer, event_id, account_id, sequence
""")
_REMEMBER: Final = Statement("""
    INSERT INTO bankcore.inbox (tenant_id, consumer, event_id, account_id)
    VALUES ($1::uuid, $2::text, $3::uuid, $4::uuid)
    ON CONFLICT DO NOTHING RETURNING 1
""")
_FINISH: Final = Statement("DELETE FROM bankcore.deliveries WHERE tenant_id = $1::uuid AND id = $2::uuid")
_POSTPONE: Final = """
    UPDATE bankcore.deliveries
    SET status = CASE WHEN starts >= %s THEN 'dead' ELSE 'pending' END, last_error = %s,
        due_at = now() + %s * interval '1 second'
    WHERE tenant_id = %s AND id = %s AND attempt = %s AND status = 'leased'
    RETURNING status
"""
_TAKE_BACK: Final = """
    UPDATE bankcore.deliveries AS delivery SET status = 'pending', due_at = now()
    FROM unnest(%s::uuid[], %s::bigint[]) AS unsent (id, attempt)
    WHERE delivery.tenant_id = %s AND delivery.id = unsent.id AND delivery.attempt = unsent.attempt
      AND delivery.status = 'leased'
"""
_BURY: Final = """
    UPDATE bankcore.deliveries SET status = 'dead', last_error = 'its workers died, or took longer than the lease'
    WHERE tenant_id = %s AND consumer = %s AND status = 'leased' AND due_at <= now() AND starts >= %s
"""


class NewDelivery(NamedTuple):
    """What is owed: an event to a consumer, perhaps as one account met it."""

    id: UUID
    consumer: str
    event_id: UUID
    account_id: AccountId | None
    sequence: int | None


class Begun(NamedTuple):
    """A delivery that a worker has begun; `attempt` is what it must know to finish."""

    id: UUID
    attempt: int
    starts: int
    consumer: str
    event_id: UUID
    account_id: AccountId | None
    sequence: int | None


def add_deliveries(connection: TenantConnection, deliveries: Sequence[NewDelivery], *, after_xid: int) -> None:
    """Owe these; one of an account waits until everything below that transaction number is owed too."""
    connection.sql.exec_driver_sql(
        _ADD,
        (
            connection.tenant_id,
            str(after_xid),
            arrays.uuids([new.id for new in deliveries]),
            arrays.texts([new.consumer for new in deliveries]),
            arrays.uuids([new.event_id for new in deliveries]),
            arrays.optional_uuids([new.account_id for new in deliveries]),
            arrays.integers([new.sequence for new in deliveries]),
        ),
    )


def release_firsts(connection: TenantConnection, consumer: str, *, read_below: int) -> int:
    """Let the first delivery of each account go, where no earlier one can appear any more; how many went."""
    parameters = {"tenant": connection.tenant_id, "consumer": consumer, "read_below": str(read_below)}
    return connection.sql.exec_driver_sql(_RELEASE_FIRSTS, parameters).rowcount


def begin(connection: TenantConnection, delivery_id: UUID, attempt: int, *, lease_s: float) -> Begun | None:
    """Begin what was sent with that attempt; None if somebody else has begun it, or it is done.

    The number changes here again, so that of two messages with the same attempt only one begins.
    """
    return _first(connection.ask(_BEGIN, connection.tenant_id, delivery_id, attempt, str(lease_s)))


def hold(connection: TenantConnection, begun: Begun) -> bool:
    """Keep everybody else from it until the transaction ends; False if it is done, or somebody else's by now."""
    statement, parameters = locking_delivery(connection.tenant_id, begun.id, begun.attempt)
    return bool(connection.ask(statement, *parameters))


def begin_next(connection: TenantConnection, done: Begun, *, lease_s: float) -> Begun | None:
    """Begin what comes after that delivery on its account, if it may go."""
    return _take_next(connection, done, status="leased", begun=1, lease_s=lease_s)


def release_next(connection: TenantConnection, done: Begun) -> None:
    """Let what comes after that delivery on its account go."""
    _take_next(connection, done, status="pending", begun=0, lease_s=0)


def remember(connection: TenantConnection, begun: Begun) -> bool:
    """Note in the inbox that the consumer has had this; False if it was noted before."""
    account_id = begun.account_id or NO_ACCOUNT
    return bool(connection.ask(_REMEMBER, connection.tenant_id, begun.consumer, begun.event_id, account_id))


def finish(connection: TenantConnection, begun: Begun) -> None:
    """Nothing is owed any more."""
    connection.tell(_FINISH, connection.tenant_id, begun.id)


def postpone(connection: TenantConnection, begun: Begun, *, reason: str, after_s: float, tries_max: int) -> str | None:
    """Try again later, or never: `pending` or `dead`; None if it is somebody else's by now."""
    status: str | None = connection.sql.exec_driver_sql(
        _POSTPONE, (tries_max, reason, after_s, connection.tenant_id, begun.id, begun.attempt)
    ).scalar_one_or_none()
    if status == "dead" and begun.account_id is not None:
        release_next(connection, begun)
    return status


def take_back(connection: TenantConnection, unsent: Sequence[tuple[UUID, int]]) -> None:
    """These were leased and could not be sent."""
    connection.sql.exec_driver_sql(
        _TAKE_BACK,
        (
            arrays.uuids([delivery_id for delivery_id, _attempt in unsent]),
            arrays.integers([attempt for _delivery_id, attempt in unsent]),
            connection.tenant_id,
        ),
    )


def bury(connection: TenantConnection, consumer: str, *, tries_max: int) -> int:
    """Set aside what killed its workers too often; how many."""
    return connection.sql.exec_driver_sql(_BURY, (connection.tenant_id, consumer, tries_max)).rowcount


def _take_next(connection: TenantConnection, done: Begun, *, status: str, begun: int, lease_s: float) -> Begun | None:
    place = (connection.tenant_id, done.consumer, done.account_id)
    return _first(connection.ask(_BEGIN_NEXT, *place, status, begun, str(lease_s)))


def _first(rows: Rows) -> Begun | None:
    return Begun._make(rows[0]) if rows else None
