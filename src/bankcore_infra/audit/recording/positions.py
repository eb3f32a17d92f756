"""Positions: the place of each committed record in its tenant's log, from 0, dense, and in the order of commits.

PostgreSQL gives them in `bankcore.place_records`, to the records that are visible now and were not at the last call. So
an open transaction delays nobody, and a caller can neither choose a place nor leave a record out. Sealing, the event
feed and consumers read by position, and know nothing else of commits.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from bankcore.identifiers import TenantId
from bankcore_infra.audit.recording.record_bodies import Body, find_body
from bankcore_infra.db.tenant_connection import TenantConnection

AT_ONCE: Final = 20_000
"""How many records get their positions in one transaction."""

_PLACE: Final = "SELECT placed, is_whole, problem FROM bankcore.place_records(%s, %s)"
# A holder of the application's role can write anything into bodies and columns. Values that our types cannot hold are
# left out, so that such a record does not stop the others of its page.
_READ: Final = """
    SELECT idx, audit_id, action, outcome, account_ids, at, body FROM (
    SELECT leaf.idx, leaf.audit_id, log.action, log.outcome, log.account_ids, log.at, log.body,
           sum(octet_length(log.body)) OVER (ORDER BY leaf.idx ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
               AS bytes_before
    FROM bankcore.log_leaves AS leaf
    LEFT JOIN LATERAL (
        SELECT action, outcome,
               ARRAY(SELECT id FROM unnest(account_ids) WITH ORDINALITY AS named (id, number)
                     WHERE id IS NOT NULL ORDER BY number) AS account_ids,
               CASE WHEN at > '0001-01-02' AND at < '9999-12-30' THEN at END AS at,
               CASE WHEN octet_length(body) <= 16777216 THEN body END AS body
        FROM bankcore.audit_log WHERE tenant_id = leaf.tenant_id AND id = leaf.audit_id LIMIT 1
    ) AS log ON true
    WHERE leaf.tenant_id = %s AND leaf.idx >= %s ORDER BY leaf.tenant_id, leaf.idx LIMIT %s
    ) AS page WHERE coalesce(bytes_before, 0) < %s ORDER BY idx
"""
_BYTES_MAX: Final = 2**40
_STOPPED: Final = "SELECT bankcore.count_stopped_logs()"
_PROBLEMS: Final = {
    "moved": "it is a copy on another server",
    "numbers": "its transaction numbers began again",
    "torn": "the log and its positions do not fit together",
}


class PositionsStoppedError(Exception):
    """No positions are given, because commits could be missed; the message tells why and what to do."""


class Placed(NamedTuple):
    """How many records got their positions. Unless `is_whole`, there are more, or another process is giving them."""

    number: int
    is_whole: bool


class PlacedRecord(NamedTuple):
    """A record with its position; a member with an impossible value is None."""

    position: int
    id: UUID
    action: str
    outcome: str
    account_ids: Sequence[UUID]
    at: datetime | None
    body: bytes | None

    def find_body(self, tenant_id: TenantId) -> Body | None:
        """The body of the record; None if it is malformed or contradicts the columns."""
        body = None if self.at is None else find_body(tenant_id, self.id, self.body)
        if body is None or (body["action"], body.get("outcome", "success")) != (self.action, self.outcome):
            return None
        return body


def place_records(connection: TenantConnection, *, most: int = AT_ONCE, is_patient: bool = False) -> Placed:
    """Give the next records of the connection's tenant their positions, in its transaction, at most `most` of them.

    A patient call waits for another one that is under way. The transaction must be READ COMMITTED, on the primary
    server.

    Raises:
        PositionsStoppedError: this is not the history of the database in which the last positions were given.
    """
    placed, is_whole, problem = connection.sql.exec_driver_sql(_PLACE, (most, is_patient)).one()
    if problem == "isolation":
        raise PositionsStoppedError("positions are given in READ COMMITTED transactions only")
    if problem is not None:
        raise PositionsStoppedError(new_era_needed(_PROBLEMS[problem]))
    return Placed(placed, is_whole)


def new_era_needed(why: str) -> str:
    """The sentence that says so."""
    return (
        f"this is not the database as it was last sealed: {why}."
        " If it was restored on purpose, run `bankcore audit era --reason ...`; otherwise keep it as evidence"
    )


def read_placed(
    connection: TenantConnection, start: int, *, limit: int, bytes_max: int = _BYTES_MAX
) -> list[PlacedRecord]:
    """The tenant's records from that position on, up to the one with which their bodies reach `bytes_max`."""
    rows = connection.sql.exec_driver_sql(_READ, (connection.tenant_id, start, limit, bytes_max))
    return [PlacedRecord(row[0], row[1], row[2] or "", row[3] or "", row[4] or (), row[5], row[6]) for row in rows]


def count_stopped(connection: Connection) -> int:
    """How many tenants get no positions because the database has another past. The connection has no tenant."""
    return int(connection.exec_driver_sql(_STOPPED).scalar_one())
