"""How often somebody tried to be a user, counted by the database so that no two at once count as one."""

from datetime import datetime
from typing import Final

from bankcore.identity.attempts import BackOff
from bankcore_infra.db import arrays
from bankcore_infra.db.tenant_connection import TenantConnection

# One statement counts, decides and sets the next wait; PostgreSQL runs it for one transaction after another. The clock
# is read anew, because a transaction that waited for its turn began too long ago.
_COUNT: Final = """
    WITH delays AS (SELECT %(delays)s::bigint[] AS s)
    INSERT INTO bankcore.login_attempts AS known (tenant_id, subject, attempts, last_at, not_before)
    SELECT %(tenant)s, %(subject)s, 1, clock_timestamp(), clock_timestamp() + make_interval(secs => s[1]) FROM delays
    ON CONFLICT (tenant_id, subject) DO UPDATE
    SET attempts = CASE WHEN known.last_at < clock_timestamp() - %(forget)s THEN 1 ELSE known.attempts + 1 END,
        last_at = clock_timestamp(),
        not_before = clock_timestamp() + make_interval(secs => (
            SELECT s[CASE WHEN known.last_at < clock_timestamp() - %(forget)s THEN 1
                          ELSE least(known.attempts + 1, cardinality(s)) END] FROM delays))
    WHERE known.not_before <= clock_timestamp()
"""
_FIND_WAIT: Final = "SELECT not_before FROM bankcore.login_attempts WHERE tenant_id = %s AND subject = %s"
_CLEAR: Final = """
    UPDATE bankcore.login_attempts SET attempts = 0, not_before = clock_timestamp()
    WHERE tenant_id = %s AND subject = %s
"""


def count_attempt(connection: TenantConnection, subject: bytes, back_off: BackOff) -> datetime | None:
    """Count one attempt; the instant to wait for, and nothing counted, if it comes too soon."""
    counted = connection.sql.exec_driver_sql(
        _COUNT,
        {
            "tenant": connection.tenant_id,
            "subject": subject,
            "delays": arrays.integers(back_off.delays_s),
            "forget": back_off.forget_after,
        },
    )
    if counted.rowcount == 1:
        return None
    wait: datetime = connection.sql.exec_driver_sql(_FIND_WAIT, (connection.tenant_id, subject)).scalar_one()
    return wait


def clear_attempts(connection: TenantConnection, subject: bytes) -> None:
    """Start the count again."""
    connection.sql.exec_driver_sql(_CLEAR, (connection.tenant_id, subject))
