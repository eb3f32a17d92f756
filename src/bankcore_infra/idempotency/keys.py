"""Answered requests in PostgreSQL: read once the key is held, and written once, with the answer."""

from collections.abc import Mapping, Sequence
from typing import Final

from bankcore.idempotency.keys import IN_PROGRESS, Claim, IdempotencyKey, KeyRecord
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Rows, Sent, Statement
from bankcore_infra.db.rows import BYTES, INSTANT, TEXT, RowStatement
from bankcore_infra.db.tenant_connection import TenantConnection

# One look-up for each key, whatever the planner thinks of the table: LIMIT keeps it from turning this into a join.
_FIND: Final = RowStatement(
    """
    SELECT found.scope, found.key, found.fingerprint, found.outcome, found.expires_at
    FROM {rows} AS wanted (scope, key)
    CROSS JOIN LATERAL (
        SELECT * FROM bankcore.idempotency_keys AS known
        WHERE known.tenant_id = $1::uuid AND known.scope = wanted.scope AND known.key = wanted.key
        LIMIT 1
    ) AS found
    """,
    [TEXT, TEXT],
)
# Only an expired answer is replaced, so if two units of work were let in by mistake, one fails below.
_FORGET_EXPIRED: Final = Statement("""
    DELETE FROM bankcore.idempotency_keys AS stored
    USING unnest($1::text[], $2::text[]) AS wanted (scope, key)
    WHERE stored.tenant_id = $3::uuid AND stored.scope = wanted.scope AND stored.key = wanted.key
      AND stored.expires_at <= $4::timestamptz
""")
_STORE: Final = RowStatement(
    """
    INSERT INTO bankcore.idempotency_keys (tenant_id, scope, key, expires_at, fingerprint, outcome)
    SELECT $1::uuid, * FROM {rows} AS new
    """,
    [TEXT, TEXT, INSTANT, BYTES, BYTES],
)


def claim_keys(connection: TenantConnection, keys: Sequence[IdempotencyKey]) -> Mapping[IdempotencyKey, Claim]:
    """Take the keys and read what was answered to them, in one round trip; see `KeyStore.claim_keys`."""
    ask_for_keys(connection, keys)
    return take_claims(connection, keys)[0]


def ask_for_keys(connection: TenantConnection, keys: Sequence[IdempotencyKey], *questions: Sent) -> None:
    """Begin to claim the keys and ask the questions after them; `take_claims` waits for the answers."""
    connection.ask_for_keys(keys, _FIND.on(keys, connection.tenant_id), *questions)


def take_claims(
    connection: TenantConnection, keys: Sequence[IdempotencyKey]
) -> tuple[Mapping[IdempotencyKey, Claim], list[Rows]]:
    """The claims of the keys, and the answers to the questions.

    An answer that has expired is forgotten before a new one can take its place.
    """
    held, (rows, *answers) = connection.take_keys(keys)
    now = connection.opened_at
    found = [KeyRecord(IdempotencyKey(row[0], row[1]), row[2], row[3], row[4]) for row in rows]
    finished = {record.key: record for record in found if record.expires_at > now}
    if expired := [record.key for record in found if record.expires_at <= now and record.key in held]:
        connection.tell(_FORGET_EXPIRED, *_columns(expired), connection.tenant_id, now)
    return {key: finished.get(key) or (None if key in held else IN_PROGRESS) for key in keys}, answers


def store_outcomes(connection: TenantConnection, records: Sequence[KeyRecord]) -> None:
    """Remember the answers; the commit fails if another unit of work answered one of the keys meanwhile."""
    rows = [
        (record.key.scope, record.key.value, record.expires_at, record.fingerprint, record.outcome)
        for record in records
    ]
    connection.tell_on(_STORE, rows)


def _columns(keys: Sequence[IdempotencyKey]) -> tuple[arrays.Packed, arrays.Packed]:
    return arrays.texts([key.scope for key in keys]), arrays.texts([key.value for key in keys])
