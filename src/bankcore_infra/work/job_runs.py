"""Runs of jobs in PostgreSQL: one row for each tenant, job and slot, so that any number of schedulers run it once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bankcore_infra.db import arrays
from bankcore_infra.db.tenant_connection import TenantConnection

ATTEMPTS_MAX: Final = 20
LEASE_S: Final = 300.0
_CLAIM: Final = """
    INSERT INTO bankcore.job_runs (tenant_id, job, slot, lease_until)
    VALUES (%s, %s, %s, now() + %s * interval '1 second')
    ON CONFLICT ON CONSTRAINT job_runs_pkey DO UPDATE
    SET attempt = job_runs.attempt + 1, lease_until = excluded.lease_until
    WHERE job_runs.finished_at IS NULL AND job_runs.lease_until <= now()
    RETURNING attempt
"""
_REQUEST: Final = """
    INSERT INTO bankcore.job_runs (tenant_id, job, slot, lease_until) VALUES (%s, %s, %s, now())
    ON CONFLICT ON CONSTRAINT job_runs_pkey DO NOTHING
"""
# Older ones are overtaken by the daily run.
_UNSENT: Final = """
    SELECT job, slot FROM bankcore.job_runs
    WHERE tenant_id = %s AND job = ANY(%s::text[]) AND slot > now() - interval '1 day'
      AND finished_at IS NULL AND lease_until <= now()
    ORDER BY slot LIMIT 100
"""
_BEGIN: Final = """
    UPDATE bankcore.job_runs SET attempt = attempt + 1, lease_until = now() + %s * interval '1 second'
    WHERE tenant_id = %s AND job = %s AND slot = %s AND attempt = %s AND finished_at IS NULL
    RETURNING attempt
"""
_KEEP: Final = """
    UPDATE bankcore.job_runs SET lease_until = now() + %s * interval '1 second'
    WHERE tenant_id = %s AND job = %s AND slot = %s AND attempt = %s AND finished_at IS NULL
"""
_FINISH: Final = """
    UPDATE bankcore.job_runs SET finished_at = now(), outcome = 'succeeded', last_error = NULL
    WHERE tenant_id = %s AND job = %s AND slot = %s AND attempt = %s AND finished_at IS NULL
"""
_FAIL: Final = """
    UPDATE bankcore.job_runs
    SET last_error = %s, lease_until = now() + %s * interval '1 second',
        finished_at = CASE WHEN attempt >= %s THEN now() END, outcome = CASE WHEN attempt >= %s THEN 'failed' END
    WHERE tenant_id = %s AND job = %s AND slot = %s AND attempt = %s AND finished_at IS NULL
"""
_PAUSE_S: Final = 30.0


class LostRunError(Exception):
    """Another worker has taken the run over."""


def claim(connection: TenantConnection, job: str, slot: datetime, *, lease_s: float = LEASE_S) -> int | None:
    """Claim the slot for sending. Returns the attempt; None if it is done, or claimed by another scheduler."""
    attempt: int | None = connection.sql.exec_driver_sql(
        _CLAIM, (connection.tenant_id, job, slot, lease_s)
    ).scalar_one_or_none()
    return attempt


def request(connection: TenantConnection, job: str, slot: datetime) -> None:
    """Ask for an extra run of the job; a scheduler finds its slot and sends it."""
    connection.sql.exec_driver_sql(_REQUEST, (connection.tenant_id, job, slot))


def find_unsent(connection: TenantConnection, jobs: Sequence[str]) -> Sequence[tuple[str, datetime]]:
    """The runs of these jobs that nobody works on: extra runs, and those whose worker died."""
    rows = connection.sql.exec_driver_sql(_UNSENT, (connection.tenant_id, arrays.texts(jobs)))
    return [(job, slot) for job, slot in rows]


def begin(connection: TenantConnection, job: str, slot: datetime, attempt: int) -> int | None:
    """Begin the run that was sent. Returns the attempt; None if another worker has begun it."""
    begun: int | None = connection.sql.exec_driver_sql(
        _BEGIN, (LEASE_S, connection.tenant_id, job, slot, attempt)
    ).scalar_one_or_none()
    return begun


def keep(connection: TenantConnection, job: str, slot: datetime, attempt: int) -> None:
    """Renew the lease. Raises: LostRunError."""
    kept = connection.sql.exec_driver_sql(_KEEP, (LEASE_S, connection.tenant_id, job, slot, attempt))
    if kept.rowcount == 0:
        raise LostRunError


def finish(connection: TenantConnection, job: str, slot: datetime, attempt: int) -> None:
    """Note that the run is done."""
    connection.sql.exec_driver_sql(_FINISH, (connection.tenant_id, job, slot, attempt))


def fail(connection: TenantConnection, job: str, slot: datetime, attempt: int, *, reason: str) -> None:
    """Note that the run failed; it is tried again soon, unless there were too many attempts."""
    connection.sql.exec_driver_sql(
        _FAIL, (reason, _PAUSE_S, ATTEMPTS_MAX, ATTEMPTS_MAX, connection.tenant_id, job, slot, attempt)
    )
