"""Deliveries in PostgreSQL, the queue of record: what is still owed to each consumer, and who is at it.

A delivery is `waiting` while an earlier one of its account is unfinished, `pending` until it is due, `leased` while it
is with the broker or a worker, and `dead` when it was tried too often. A finished one is deleted; the inbox remembers
it. Every lease has a new attempt number, and only who knows the present one may finish: a worker that slept through its
lease finds the number changed. All times are the database's.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from bankcore.identifiers import AccountId, TenantId
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Rows, Statement
from bankcore_infra.db.locking import locking_deliveries
from bankcore_infra.db.tenant_connection import TenantConnection

NO_ACCOUNT: Final = UUID(int=0)

_ADD: Final = """
    INSERT INTO bankcore.deliveries (tenant_id, id, consumer, event_id, account_id, sequence, after_xid, status)
    SELECT %s, id, consumer, event_id, account_id, sequence, '0',
           CASE WHEN account_id IS NULL THEN 'pending' ELSE 'waiting' END
    FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::bigint[])
        AS new (id, consumer, event_id, account_id, sequence)
"""
_ADD_DEAD: Final = """
    INSERT INTO bankcore.deliveries (tenant_id, id, consumer, event_id, after_xid, status)
    SELECT %s, id, consumer, event_id, '0', 'dead'
    FROM unnest(%s::uuid[], %s::text[], %s::uuid[]) AS new (id, consumer, event_id)
"""
_GIVE_REASON: Final = """
    UPDATE bankcore.deliveries SET last_error = %s WHERE tenant_id = %s AND id = ANY(%s::uuid[])
"""
# The first unfinished delivery of each account, found by jumping along the index from account to account.
_RELEASE_FIRSTS: Final = """
    WITH RECURSIVE firsts AS (
        (SELECT account_id, id, status FROM bankcore.deliveries
         WHERE tenant_id = %(tenant)s AND consumer = %(consumer)s AND account_id IS NOT NULL
           AND status IN ('waiting', 'pending', 'leased')
         ORDER BY account_id, sequence, id LIMIT 1)
        UNION ALL
        SELECT next.* FROM firsts CROSS JOIN LATERAL (
            SELECT account_id, id, status FROM bankcore.deliveries
            WHERE tenant_id = %(tenant)s AND consumer = %(consumer)s AND account_id > firsts.account_id
              AND status IN ('waiting', 'pending', 'leased')
            ORDER BY account_id, sequence, id LIMIT 1
        ) AS next
    )
    UPDATE bankcore.deliveries SET status = 'pending', due_at = now()
    WHERE tenant_id = %(tenant)s AND status = 'waiting' AND id = ANY(ARRAY(
        SELECT id FROM firsts WHERE status = 'waiting'))
"""
_BEGIN: Final = Statement("""
    UPDATE bankcore.deliveries
    SET attempt = attempt + 1, starts = starts + 1, due_at = now() + $4::float8 * interval '1 second'
    WHERE tenant_id = $1::uuid AND id = ANY($2::uuid[]) AND status = 'leased'
      AND attempt = ($3::bigint[])[array_position($2::uuid[], id)]
    RETURNING id, attempt, starts, consumer, event_id, account_id, sequence
""")
# An array of ids, each found by one look-up of its account, where a join could be planned as a scan.
_BEGIN_NEXT: Final = Statement("""
    UPDATE bankcore.deliveries
    SET status = $4::text, attempt = attempt + $5::integer, starts = starts + $5::integer,
        due_at = now() + $6::float8 * interval '1 second'
    WHERE tenant_id = $1::uuid AND status = 'waiting' AND id = ANY(ARRAY(
        SELECT (
            SELECT id FROM bankcore.deliveries
            WHERE tenant_id = $1::uuid AND consumer = $2::text AND account_id = lane.account_id
              AND status IN ('waiting', 'pending', 'leased')
            ORDER BY sequence, id LIMIT 1)
        FROM unnest($3::uuid[]) AS lane (account_id)))
    RETURNING id, attempt, starts, consumer, event_id, account_id, sequence
""")
# Nobody begins these but who holds the first of their account, so they need no lock and no lease.
_FIND_FOLLOWERS: Final = Statement("""
    SELECT next.id, next.attempt, next.starts, $2::text, next.event_id, lane.account_id, next.sequence
    FROM unnest($3::uuid[]) AS lane (account_id) CROSS JOIN LATERAL (
        SELECT *, bool_and(id = ANY($4::uuid[]) OR status = 'waiting') OVER (ORDER BY sequence, id) AS may_go
        FROM (
            SELECT * FROM bankcore.deliveries
            WHERE tenant_id = $1::uuid AND consumer = $2::text AND account_id = lane.account_id
              AND status IN ('waiting', 'pending', 'leased')
            ORDER BY sequence, id LIMIT $5::integer) AS unfinished
    ) AS next
    WHERE next.may_go AND next.status = 'waiting'
""")
_REMEMBER: Final = Statement("""
    INSERT INTO bankcore.inbox (tenant_id, consumer, event_id, account_id)
    SELECT $1::uuid, $2::text, event_id, account_id FROM unnest($3::uuid[], $4::uuid[]) AS new (event_id, account_id)
    ON CONFLICT DO NOTHING RETURNING event_id, account_id
""")
_FINISH: Final = Statement("DELETE FROM bankcore.deliveries WHERE tenant_id = $1::uuid AND id = ANY($2::uuid[])")
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


class Lease(NamedTuple):
    """A delivery that was given to somebody; the attempt is what they must know to go on with it."""

    id: UUID
    attempt: int


class Begun(NamedTuple):
    """A delivery that a worker has begun; `attempt` is what it must know to finish."""

    id: UUID
    attempt: int
    starts: int
    consumer: str
    event_id: UUID
    account_id: AccountId | None
    sequence: int | None


def add_deliveries(connection: TenantConnection, deliveries: Sequence[NewDelivery]) -> None:
    """Owe these; one of an account waits for those of the account that are owed already."""
    connection.sql.exec_driver_sql(
        _ADD,
        (
            connection.tenant_id,
            arrays.uuids([new.id for new in deliveries]),
            arrays.texts([new.consumer for new in deliveries]),
            arrays.uuids([new.event_id for new in deliveries]),
            arrays.optional_uuids([new.account_id for new in deliveries]),
            arrays.integers([new.sequence for new in deliveries]),
        ),
    )


def add_dead(connection: TenantConnection, deliveries: Sequence[NewDelivery], *, reason: str) -> None:
    """Set these aside at once, in no account's order, for a reason that is shown to operators."""
    ids = arrays.uuids([new.id for new in deliveries])
    consumers, events = [new.consumer for new in deliveries], [new.event_id for new in deliveries]
    parameters = (connection.tenant_id, ids, arrays.texts(consumers), arrays.uuids(events))
    connection.sql.exec_driver_sql(_ADD_DEAD, parameters)
    connection.sql.exec_driver_sql(_GIVE_REASON, (reason, connection.tenant_id, ids))


def release_firsts(connection: TenantConnection, consumer: str) -> int:
    """Let the first delivery of each account go; how many went."""
    parameters = {"tenant": connection.tenant_id, "consumer": consumer}
    return connection.sql.exec_driver_sql(_RELEASE_FIRSTS, parameters).rowcount


def begin(connection: TenantConnection, leases: Sequence[Lease], *, lease_s: float) -> list[Begun]:
    """Begin what was sent with these leases, without what somebody else has begun, and what is done.

    The numbers change here again, so that of two messages with the same leases only one begins.
    """
    ids, attempts = zip(*leases, strict=True)
    return _begun(
        connection.ask(_BEGIN, connection.tenant_id, arrays.uuids(ids), arrays.integers(attempts), str(lease_s))
    )


def hold(connection: TenantConnection, batch: Sequence[Begun]) -> list[Begun]:
    """Keep everybody else from them until the transaction ends; without those done, and somebody else's by now."""
    statement, parameters = locking_deliveries(connection.tenant_id, leases_of(batch))
    held = {delivery_id for (delivery_id,) in connection.ask(statement, *parameters)}
    return [begun for begun in batch if begun.id in held]


def find_followers(connection: TenantConnection, held: Sequence[Begun], *, limit: int) -> list[Begun]:
    """What may follow on the accounts of these in the same transaction, about as much from each; at most `limit`."""
    accounts = accounts_of(held)
    each = limit // len(accounts) if accounts else 0
    if each < 1:
        return []
    ids = arrays.uuids([begun.id for begun in held])
    return _begun(
        connection.ask(_FIND_FOLLOWERS, connection.tenant_id, held[0].consumer, arrays.uuids(accounts), ids, each + 1)
    )


def begin_next(connection: TenantConnection, done: Sequence[Begun], *, lease_s: float) -> list[Begun]:
    """Begin what comes next on each account of these, where it may go."""
    return _begun(connection.ask(_BEGIN_NEXT, *_lanes(connection, done), "leased", 1, str(lease_s)))


def release_next(connection: TenantConnection, done: Sequence[Begun]) -> None:
    """Let what comes next on each account of these go."""
    connection.tell(_BEGIN_NEXT, *_lanes(connection, done), "pending", 0, "0")


def remember(connection: TenantConnection, held: Sequence[Begun]) -> list[Begun]:
    """Note in the inbox that the consumer has had these; what was not noted before, in the order of each account."""
    places = {(begun.event_id, begun.account_id or NO_ACCOUNT): begun for begun in held}
    event_ids, account_ids = zip(*sorted(places), strict=True)
    noted = connection.ask(
        _REMEMBER, connection.tenant_id, held[0].consumer, arrays.uuids(event_ids), arrays.uuids(account_ids)
    )
    return sorted((places[event_id, account_id] for event_id, account_id in noted), key=_place)


def finish(connection: TenantConnection, held: Sequence[Begun]) -> None:
    """Nothing of these is owed any more."""
    connection.tell(_FINISH, connection.tenant_id, arrays.uuids([begun.id for begun in held]))


def leases_of(batch: Sequence[Begun]) -> list[Lease]:
    """What must be known to finish them."""
    return [Lease(begun.id, begun.attempt) for begun in batch]


def accounts_of(batch: Sequence[Begun]) -> list[AccountId]:
    """The accounts of these, sorted."""
    return sorted({begun.account_id for begun in batch if begun.account_id is not None})


def postpone(connection: TenantConnection, begun: Begun, *, reason: str, after_s: float, tries_max: int) -> str | None:
    """Try again later, or never: `pending` or `dead`; None if it is somebody else's by now."""
    status: str | None = connection.sql.exec_driver_sql(
        _POSTPONE, (tries_max, reason, after_s, connection.tenant_id, begun.id, begun.attempt)
    ).scalar_one_or_none()
    if status == "dead":
        release_next(connection, [begun])
    return status


def take_back(connection: TenantConnection, leases: Sequence[Lease]) -> None:
    """These were leased, and are due again: they could not be sent, or not be delivered together."""
    ids, attempts = zip(*leases, strict=True)
    connection.sql.exec_driver_sql(_TAKE_BACK, (arrays.uuids(ids), arrays.integers(attempts), connection.tenant_id))


def bury(connection: TenantConnection, consumer: str, *, tries_max: int) -> int:
    """Set aside what killed its workers too often; how many."""
    return connection.sql.exec_driver_sql(_BURY, (connection.tenant_id, consumer, tries_max)).rowcount


def _lanes(connection: TenantConnection, done: Sequence[Begun]) -> tuple[TenantId, str, arrays.Array]:
    return connection.tenant_id, done[0].consumer, arrays.uuids(accounts_of(done))


def _place(begun: Begun) -> tuple[UUID, int]:
    return begun.account_id or NO_ACCOUNT, begun.sequence or 0


def _begun(rows: Rows) -> list[Begun]:
    return [Begun._make(row) for row in rows]
