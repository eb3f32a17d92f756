"""Counts attempts to log in as a user, in the database, so that two at once never count as one.

A user has a row for strangers, and one for each place where the user has logged in; a place without a row counts as a
stranger. A row may be deleted two days after its `last_at`, so a login sets that of its place ahead.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from bankcore.identity.attempts import BackOff
from bankcore_infra.db import arrays
from bankcore_infra.db.tenant_connection import TenantConnection

_PLACE_LIFETIME: Final = timedelta(days=28)
# One statement counts, decides and sets the next wait; PostgreSQL runs it for one transaction after another. It reads
# the clock anew, because a transaction that waited for its turn began too long ago. An attempt waits only between the
# last attempt and the end of its wait: a time before the last attempt means that the clock was set back.
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
    WHERE known.not_before <= clock_timestamp() OR clock_timestamp() < known.last_at
"""
_FIND_WAIT: Final = "SELECT not_before FROM bankcore.login_attempts WHERE tenant_id = %s AND subject = %s"
_CLEAR: Final = """
    UPDATE bankcore.login_attempts SET attempts = 0, not_before = last_at WHERE tenant_id = %s AND subject = %s
"""
_REMEMBER: Final = """
    INSERT INTO bankcore.login_attempts AS known (tenant_id, subject, attempts, last_at, not_before)
    VALUES (%s, %s, 0, clock_timestamp() + %s, clock_timestamp())
    ON CONFLICT (tenant_id, subject) DO UPDATE
    SET attempts = 0, last_at = excluded.last_at, not_before = excluded.not_before
"""


class Subjects(NamedTuple):
    """What an attempt is counted for: the user, and the user at the attempt's place, if the place is known."""

    user: bytes
    user_at_place: bytes | None


def count_attempt(connection: TenantConnection, subjects: Subjects, back_off: BackOff) -> datetime | None:
    """Count one attempt. If it comes too soon, count nothing and return the instant to wait for."""
    subject = _find_proven(connection, subjects) or subjects.user
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


def is_proven(connection: TenantConnection, subjects: Subjects) -> bool:
    """Whether the user has logged in at that place."""
    return _find_proven(connection, subjects) is not None


def clear_attempts(connection: TenantConnection, subjects: Subjects) -> None:
    """Reset the count for attempts from that place, and remember the place.

    A login from a known place leaves the count of strangers as it is, or each login would give strangers more guesses.
    """
    if _find_proven(connection, subjects) is None:
        connection.sql.exec_driver_sql(_CLEAR, (connection.tenant_id, subjects.user))
    if subjects.user_at_place is not None:
        connection.sql.exec_driver_sql(_REMEMBER, (connection.tenant_id, subjects.user_at_place, _PLACE_LIFETIME))


def _find_proven(connection: TenantConnection, subjects: Subjects) -> bytes | None:
    """The user at that place, if the user has logged in there."""
    place = subjects.user_at_place
    if place is None:
        return None
    found = connection.sql.exec_driver_sql(_FIND_WAIT, (connection.tenant_id, place)).first()
    return None if found is None else place
