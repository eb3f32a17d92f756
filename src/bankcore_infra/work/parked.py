"""Parked events in PostgreSQL: a failed event waits until it is due, and later events of its account wait behind it.

One event of an account is due at a time. The events behind it have no time, and get one when it is done or dead. A dead
one is kept until an operator has it tried again. Every change here is made under the lock of the consumer's cursor.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple
from uuid import UUID

from bankcore.identifiers import AccountId, IdentifierSource, TenantId
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Sent, Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.work.policy import ConsumerPolicy

MALFORMED: Final = "the record is malformed"
KILLED: Final = "its workers died"
_FIND_ACCOUNTS: Final = Statement("""
    SELECT wanted.account_id FROM unnest($3::uuid[]) AS wanted (account_id) WHERE EXISTS (
        SELECT FROM bankcore.parked_events AS parked
        WHERE parked.tenant_id = $1::uuid AND parked.consumer = $2::text AND parked.status = 'waiting'
          AND parked.account_id = wanted.account_id)
""")
_ADD: Final = Statement("""
    INSERT INTO bankcore.parked_events (
        tenant_id, id, consumer, event_id, account_id, sequence, status, starts, due_at, last_error)
    SELECT $1::uuid, id, $2::text, event_id, account_id, sequence, $7::text, $8::integer,
           now() + $9::float8 * interval '1 second', $10::text
    FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[]) AS new (id, event_id, account_id, sequence)
""")
# The next attempt is due after the pause even if the worker dies during this one. No pause is as long as a day: an
# event that is due later was parked before the clock was set back.
_BEGIN: Final = Statement("""
    UPDATE bankcore.parked_events
    SET starts = least(starts + 1, $3::integer), status = CASE WHEN starts < $3::integer THEN 'waiting' ELSE 'dead' END,
        last_error = CASE WHEN starts < $3::integer THEN last_error ELSE $6::text END,
        due_at = now() + least($4::float8 * 2 ^ least(starts, 30), $5::float8) * interval '1 second'
    WHERE tenant_id = $1::uuid AND id = ANY(ARRAY(
        SELECT id FROM bankcore.parked_events
        WHERE tenant_id = $1::uuid AND consumer = $2::text AND status = 'waiting'
          AND (due_at <= now() OR due_at > now() + interval '1 day')
        ORDER BY due_at LIMIT 1))
    RETURNING id, consumer, event_id, account_id, sequence, starts, status = 'dead'
""")
_REMOVE: Final = Statement("""
    DELETE FROM bankcore.parked_events
    WHERE tenant_id = $1::uuid AND id = $2::uuid AND status = 'waiting' AND starts = $3::integer
    RETURNING id
""")
_POSTPONE: Final = Statement("""
    UPDATE bankcore.parked_events
    SET status = CASE WHEN starts >= $4::integer THEN 'dead' ELSE 'waiting' END, last_error = $5::text,
        due_at = now() + CASE WHEN starts >= $4::integer THEN 0 ELSE $6::float8 END * interval '1 second'
    WHERE tenant_id = $1::uuid AND id = $2::uuid AND status = 'waiting' AND starts = $3::integer
    RETURNING status = 'dead'
""")
_RELEASE_NEXT: Final = Statement("""
    UPDATE bankcore.parked_events SET due_at = now()
    WHERE tenant_id = $1::uuid AND due_at IS NULL AND id = (
        SELECT id FROM bankcore.parked_events
        WHERE tenant_id = $1::uuid AND consumer = $2::text AND account_id = $3::uuid AND status = 'waiting'
        ORDER BY sequence, id LIMIT 1)
""")
_NOTE_DUE: Final = Statement("""
    UPDATE bankcore.cursors SET due_at = (
        SELECT due_at FROM bankcore.parked_events
        WHERE tenant_id = $1::uuid AND consumer = $2::text AND status = 'waiting' AND due_at IS NOT NULL
        ORDER BY due_at LIMIT 1)
    WHERE tenant_id = $1::uuid AND consumer = $2::text
""")


class Parked(NamedTuple):
    """A parked event that a worker has begun; it is still the worker's while `starts` is the same."""

    id: UUID
    consumer: str
    event_id: UUID
    account_id: AccountId | None
    sequence: int | None
    starts: int
    is_dead: bool


class ParkedPlace(NamedTuple):
    """A record on one of its accounts, or on none."""

    event_id: UUID
    account_id: AccountId | None = None
    sequence: int | None = None


class Parking(NamedTuple):
    """How an event is parked: dead, due after a pause, or, without a pause, behind another one of its account."""

    status: str = "waiting"
    starts: int = 0
    pause_s: float | None = None
    reason: str | None = None


BEHIND: Final = Parking()
BURIED: Final = Parking("dead", 0, 0.0, MALFORMED)


def park(
    connection: TenantConnection, consumer: str, places: Sequence[ParkedPlace], how: Parking, ids: IdentifierSource
) -> None:
    """Park these in the transaction that holds the consumer's cursor."""
    if not places:
        return
    event_ids, account_ids, sequences = zip(*places, strict=True)
    new_ids = [ids.new_id() for _ in places]
    columns = arrays.uuids(event_ids), arrays.optional_uuids(account_ids), arrays.integers(sequences)
    pause = None if how.pause_s is None else str(how.pause_s)
    fate = how.status, how.starts, pause, how.reason
    connection.tell(_ADD, connection.tenant_id, consumer, arrays.uuids(new_ids), *columns, *fate)


def finding_parked_accounts(tenant_id: TenantId, consumer: str, accounts: AbstractSet[AccountId]) -> Sent:
    """Finds those of the accounts for which something is parked."""
    return Sent(_FIND_ACCOUNTS, (tenant_id, consumer, arrays.uuids(accounts)))


def begin_due(connection: TenantConnection, consumer: str, policy: ConsumerPolicy) -> Parked | None:
    """Begin the event that is due for longest; if its last worker died with it and no tries are left, make it dead."""
    rows = connection.ask(
        _BEGIN,
        connection.tenant_id,
        consumer,
        policy.tries_max,
        str(policy.backoff_first_s),
        str(policy.backoff_max_s),
        KILLED,
    )
    begun = Parked._make(rows[0]) if rows else None
    if begun is not None and begun.is_dead:
        release_next(connection, begun)
    note_due(connection, consumer)
    return begun


def take_out(connection: TenantConnection, begun: Parked) -> bool:
    """Remove an event that is done, and let the next one be due; False if another worker has begun it since."""
    if not connection.ask(_REMOVE, connection.tenant_id, begun.id, begun.starts):
        return False
    release_next(connection, begun)
    return True


def postpone(connection: TenantConnection, begun: Parked, *, reason: str, pause_s: float, tries_max: int) -> bool:
    """Try it again later, unless another worker has begun it since. Returns whether it is dead instead."""
    rows = connection.ask(_POSTPONE, connection.tenant_id, begun.id, begun.starts, tries_max, reason, str(pause_s))
    is_dead = rows == [(True,)]
    if is_dead:
        release_next(connection, begun)
    note_due(connection, begun.consumer)
    return is_dead


def release_next(connection: TenantConnection, done: Parked) -> None:
    """Let the next event behind it be due."""
    if done.account_id is not None:
        connection.tell(_RELEASE_NEXT, connection.tenant_id, done.consumer, done.account_id)


def note_due(connection: TenantConnection, consumer: str) -> None:
    """Note at the cursor when the first parked event is due, so that a look for work finds it."""
    connection.tell(_NOTE_DUE, connection.tenant_id, consumer)
