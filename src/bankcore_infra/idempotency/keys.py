"""Answered requests in PostgreSQL: read after the key is held, written once, with the answer."""

from collections.abc import Sequence
from typing import Final

from bankcore.idempotency.keys import IdempotencyKey, KeyRecord
from bankcore_infra.db import arrays
from bankcore_infra.db.transactions import LostRaceError, TenantConnection

_FIND: Final = """
    SELECT scope, key, fingerprint, outcome, expires_at
    FROM bankcore.idempotency_keys
    WHERE tenant_id = %s AND (scope, key) IN (SELECT * FROM unnest(%s::text[], %s::text[])) AND expires_at > %s
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
            connection.tenant_id,
            arrays.texts([key.scope for key in keys]),
            arrays.texts([key.value for key in keys]),
            connection.opened_at,
        ),
    )
    records = [KeyRecord(IdempotencyKey(row[0], row[1]), row[2], row[3], row[4]) for row in rows.fetchall()]
    return {record.key: record for record in records}


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
