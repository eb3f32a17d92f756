"""Locks the cursor of a consumer: before anything else in the transaction, and without waiting."""

from typing import Final

from bankcore.identifiers import TenantId
from bankcore_infra.db.exchange import Sent, Statement

# A worker that began a page a moment ago is about to lock the row, or is dead. If the mark lies in the future, the
# clock was set back.
_BEGIN_PAGE: Final = Statement("""
    UPDATE bankcore.cursors AS cursor
    SET attempt = cursor.attempt + 1, begun_at = now(),
        alone_until = CASE WHEN found.is_left AND NOT found.is_alone THEN found.position + $3::bigint
                           ELSE found.alone_until END
    FROM (
        SELECT position, alone_until, begun_at IS NOT NULL AS is_left, position < alone_until AS is_alone
        FROM bankcore.cursors
        WHERE tenant_id = $1::uuid AND consumer = $2::text AND (begun_at IS NULL OR begun_at NOT BETWEEN
              now() - $4::float8 * interval '1 second' AND now() + $4::float8 * interval '1 second')
        FOR NO KEY UPDATE SKIP LOCKED
    ) AS found
    WHERE cursor.tenant_id = $1::uuid AND cursor.consumer = $2::text
    RETURNING cursor.attempt, cursor.position, cursor.alone_until, found.is_left AND found.is_alone
""")
_LOCK_FREE_CURSOR: Final = Statement("""
    SELECT attempt, position FROM bankcore.cursors WHERE tenant_id = $1::uuid AND consumer = $2::text
    FOR NO KEY UPDATE SKIP LOCKED
""")
_LOCK_CURSOR: Final = Statement("""
    SELECT 1 FROM bankcore.cursors WHERE tenant_id = $1::uuid AND consumer = $2::text FOR NO KEY UPDATE
""")


def beginning_page(tenant_id: TenantId, consumer: str, *, most: int, grace_s: float) -> Sent:
    """Marks that a page is begun, unless another worker is at it. Gives the attempt, the position, where records stop
    being tried alone, and whether a worker died with the record at the position alone.

    After a death with more than one record, the next `most` go alone.
    """
    return Sent(_BEGIN_PAGE, (tenant_id, consumer, most, str(grace_s)))


def locking_free_cursor(tenant_id: TenantId, consumer: str) -> Sent:
    """Locks the cursor and gives its attempt and position; no row if another transaction has the lock."""
    return Sent(_LOCK_FREE_CURSOR, (tenant_id, consumer))


def locking_cursor(tenant_id: TenantId, consumer: str) -> Sent:
    """Locks the cursor, and waits for a transaction that has the lock."""
    return Sent(_LOCK_CURSOR, (tenant_id, consumer))
