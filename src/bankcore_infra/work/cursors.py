"""Cursors in PostgreSQL: how far each consumer has come in its tenant's log, and which attempt began the next page.

A worker locks the row of a cursor to move it, so that one worker at a time writes for a consumer of a tenant. It begins
a page with a mark in a transaction of its own. If the worker is killed, the mark stays, and the next worker goes on
with care. Every mark has a new attempt number, and a worker goes on only while the number is its own: a worker that
slept since its mark finds another number. All times are the database's.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from bankcore.identifiers import TenantId
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.work.locks import beginning_page
from bankcore_infra.work.policy import ConsumerPolicy

_FIND_WORK: Final = "SELECT tenant, has_unplaced, behind FROM bankcore.find_work(%s::text[])"
_LOOK: Final = Statement("""
    SELECT cursor.position < state.size, cursor.due_at <= now() OR cursor.due_at > now() + interval '1 day'
    FROM bankcore.cursors AS cursor
    LEFT JOIN bankcore.log_states AS state ON state.tenant_id = cursor.tenant_id
    WHERE cursor.tenant_id = $1::uuid AND cursor.consumer = $2::text
""")
_ADD: Final = Statement("""
    INSERT INTO bankcore.cursors (tenant_id, consumer) SELECT $1::uuid, unnest($2::text[]) ON CONFLICT DO NOTHING
""")
# The next page is begun in the same transaction, where there is one.
_MOVE: Final = Statement("""
    UPDATE bankcore.cursors
    SET position = $4::bigint, begun_at = CASE WHEN $5::boolean THEN now() END, due_at = (
        SELECT due_at FROM bankcore.parked_events
        WHERE tenant_id = $1::uuid AND consumer = $2::text AND status = 'waiting' AND due_at IS NOT NULL
        ORDER BY due_at LIMIT 1)
    WHERE tenant_id = $1::uuid AND consumer = $2::text AND attempt = $3::bigint
""")
_GO_ALONE: Final = Statement("""
    UPDATE bankcore.cursors SET alone_until = $5::bigint, begun_at = now()
    WHERE tenant_id = $1::uuid AND consumer = $2::text AND attempt = $3::bigint AND position = $4::bigint
""")
# The mark has to survive a crash of the worker, not one of the server, so nobody waits for the disk.
NOT_DURABLE: Final = Statement("SET LOCAL synchronous_commit = off")


class Work(NamedTuple):
    """A tenant with records that may have no position yet, or with consumers that are behind."""

    tenant_id: TenantId
    has_unplaced: bool
    behind: list[str]


class Begun(NamedTuple):
    """A page that a worker has begun at `position`. Records below `alone_until` are tried one by one.

    `killed` says that a worker died while it tried the record at the position alone.
    """

    consumer: str
    attempt: int
    position: int
    alone_until: int
    killed: bool

    @property
    def is_alone(self) -> bool:
        """Whether the record at the position is tried by itself."""
        return self.position < self.alone_until


def find_work(connection: Connection, consumers: Sequence[str]) -> list[Work]:
    """Every tenant that has work for these consumers. The connection has no tenant."""
    rows = connection.exec_driver_sql(_FIND_WORK, (arrays.texts(consumers),))
    return [Work(TenantId(UUID(str(row[0]))), bool(row[1]), row[2]) for row in rows]


def add_cursors(connection: TenantConnection, consumers: Sequence[str]) -> None:
    """Add the cursors that are missing; a new one begins at the first record of the log."""
    connection.tell(_ADD, connection.tenant_id, arrays.texts(sorted(consumers)))


def begin_page(connection: TenantConnection, consumer: str, policy: ConsumerPolicy) -> Begun | None:
    """Mark that the next page is begun; None if another worker has begun it."""
    connection.tell(NOT_DURABLE)
    statement, parameters = beginning_page(connection.tenant_id, consumer, most=policy.page, grace_s=policy.grace_s)
    rows = connection.ask(statement, *parameters)
    return Begun(consumer, *rows[0]) if rows else None


def look(transactions: Transactions, consumer: str) -> tuple[bool, bool]:
    """Whether there are records to read, and whether something parked is due."""
    _at, rows = transactions.ask(_LOOK, transactions.tenant_id, consumer)
    if not rows:
        transactions.run(lambda connection: add_cursors(connection, [consumer]))
        return look(transactions, consumer)
    is_behind, is_due = rows[0]
    return bool(is_behind), bool(is_due)


def move(connection: TenantConnection, begun: Begun, *, position: int, goes_on: bool) -> None:
    """Move the cursor: all before that position is done or parked. Returns whether the next page is begun too."""
    connection.tell(
        _MOVE, connection.tenant_id, begun.consumer, begun.attempt, position, "true" if goes_on else "false"
    )


def go_alone(connection: TenantConnection, begun: Begun, *, until: int) -> None:
    """Have the records before that position tried one by one, to find the one that failed."""
    connection.tell(_GO_ALONE, connection.tenant_id, begun.consumer, begun.attempt, begun.position, until)
