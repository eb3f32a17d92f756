"""Answered requests in PostgreSQL: read after the key is held, written once, with the answer."""

from collections.abc import Sequence
from typing import Final

from bankcore.idempotency.keys import IdempotencyKey, KeyRecord
from bankcore_infra.db import arrays
from bankcore_infra.db.transactions import LostRaceError, TenantConnection

# One look-up for each key, whatever the planner thinks of the table: LIMIT keeps it from turning this into a join.
_FIND: Final = """
    SELECT found.scope, found.key, found.fingerprint, found.outcome, found.expires_at
    FROM unnest(%s::text[], %s::text[]) AS wanted (scope, key)
    CROSS JOIN LATERAL (
        SELECT * FROM bankcore.idempotency_keys AS known
        WHERE known.tenant_id = %s AND known.scope = wanted.scope AND known.key = wanted.key
        LIMIT 1
    ) AS found
"""
# Only an expired answer gives way, so of two units of work that were both let in by mistake, one fails here.
_STORE: Final = """
    INSERT INTO bankcore.idempotency_keys (tenant_id, scope, key, expires_at, fingerprint, outcome)
    SELECT %s, * FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::bytea[], %s::bytea[])
    ON CONFLICT (tenant_id, scope, key) DO UPDATE
    SET expires_at = excluded.expires_at, fingerprint = excluded.fingerprint, outcome = excluded.outcome
    WHERE idempotency_keys.expires_at <= %s
"""


def find_answers(connection: TenantConnection, keys: Sequence[IdempotencyKey]) -> dict[IdempotencyKey, KeyRecord]:
    """The answers that are still remembered for these keys."""
    rows = connection.sql.exec_driver_sql(
        _FIND,
        (
            arrays.texts([key.scope for key in keys]),
            arrays.texts([key.value for key in keys]),
            connection.tenant_id,
        ),
    )
    records = [KeyRecord(IdempotencyKey(row[0], row[1]), row[2], row[3], row[4]) for row in rows.fetchall()]
    return {record.key: record for record in records if record.expires_at > connection.opened_at}


def store_outcomes(connection: TenantConnection, records: Sequence[KeyRecord]) -> None:
    """Remember the answers.

    Raises:
        LostRaceError: another unit of work answered one of the keys meanwhile.
    """
    result = connection.sql.exec_driver_sql(
        _STORE,
        (
            connection.tenant_id,
            arrays.texts([record.key.scope for record in records]),
            arrays.texts([record.key.value for record in records]),
            arrays.instants([record.expires_at for record in records]),
            arrays.byte_strings([record.fingerprint for record in records]),
            arrays.byte_strings([record.outcome for record in records]),
            connection.opened_at,
        ),
    )
    if result.rowcount != len(records):
        raise LostRaceError
