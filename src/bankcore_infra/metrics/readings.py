"""Figures of one tenant for operators, read by indexes of PostgreSQL and at most a limited number of rows."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Row

from bankcore.payments.configurations import ProviderConfigId
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.metrics.followed import (
    NOTICES_GIVEN_UP,
    FollowedReading,
    WaitingReading,
    read_followed,
    read_waiting,
)

COUNTED_MAX: Final = 10_000
"""Nothing is counted past this number: it is an alarm already, and counting on would take time."""

# The oldest record that has no position yet. A time that is out of range counts as now, so that it hides nothing else.
_UNPLACED: Final = """
    SELECT CASE WHEN log.at > now() - interval '100 years' THEN least(log.at, now()) END
    FROM bankcore.audit_log AS log
    WHERE log.tenant_id = %(tenant)s
      AND log.xid >= coalesce((SELECT below FROM bankcore.log_states WHERE tenant_id = %(tenant)s), '0')
      AND log.xid < (SELECT pg_snapshot_xmax(pg_current_snapshot()))
      AND (SELECT leaf.idx FROM bankcore.log_leaves AS leaf
           WHERE leaf.tenant_id = log.tenant_id AND leaf.audit_id = log.id LIMIT 1) IS NULL
    ORDER BY log.xid LIMIT 1
"""
_AT_POSITION: Final = """
    SELECT CASE WHEN log.at > now() - interval '100 years' THEN least(log.at, now()) END AS at
    FROM bankcore.log_leaves AS leaf CROSS JOIN LATERAL (
        SELECT at FROM bankcore.audit_log WHERE tenant_id = leaf.tenant_id AND id = leaf.audit_id LIMIT 1) AS log
"""
# A record without a position is late too: if no scheduler runs, no other figure would tell.
CONSUMERS: Final = f"""
    SELECT cursor.consumer, unread.number + parked.number AS pending, dead.number AS dead,
           greatest(0, extract(epoch FROM now() - least(parked.oldest, unread.oldest)))::float8 AS age_s
    FROM bankcore.cursors AS cursor
    CROSS JOIN LATERAL (
        SELECT count(*) AS number, min(created_at) AS oldest FROM (
            SELECT created_at FROM bankcore.parked_events
            WHERE tenant_id = cursor.tenant_id AND consumer = cursor.consumer AND status = 'waiting'
            LIMIT %(most)s) AS waiting) AS parked
    CROSS JOIN LATERAL (
        SELECT count(*) AS number FROM (
            SELECT FROM bankcore.parked_events
            WHERE tenant_id = cursor.tenant_id AND consumer = cursor.consumer AND status = 'dead'
            LIMIT %(most)s) AS set_aside) AS dead
    CROSS JOIN LATERAL (
        SELECT least(greatest(0, coalesce((
            SELECT size FROM bankcore.log_states WHERE tenant_id = cursor.tenant_id), 0) - cursor.position
        ), %(most)s) AS number, coalesce((
            {_AT_POSITION} WHERE leaf.tenant_id = cursor.tenant_id AND leaf.idx = cursor.position
        ), ({_UNPLACED})) AS oldest) AS unread
    WHERE cursor.tenant_id = %(tenant)s
"""  # noqa: S608 - made of constants
UNSEALED: Final = f"""
    SELECT greatest(0, extract(epoch FROM now() - coalesce((
        {_AT_POSITION} WHERE leaf.tenant_id = %(tenant)s AND leaf.idx = coalesce((
            SELECT size FROM bankcore.checkpoints WHERE tenant_id = %(tenant)s
            ORDER BY tenant_id DESC, size DESC LIMIT 1), 0)
    ), ({_UNPLACED}))))::float8
"""  # noqa: S608 - made of constants
RECONCILED: Final = """
    SELECT drifts, extract(epoch FROM finished_at)::float8 AS finished FROM bankcore.reconciliation_runs
    WHERE tenant_id = %(tenant)s ORDER BY id DESC LIMIT 1
"""
OPEN_CASES: Final = """
    SELECT count(*) FROM (
        SELECT FROM bankcore.fraud_cases WHERE tenant_id = %(tenant)s AND status = 'open' LIMIT %(most)s) AS still_open
"""

# Nothing is late at an endpoint that is disabled, because nothing is sent there.
WEBHOOKS: Final = """
    SELECT endpoint.state, owed.number AS pending,
           greatest(0, extract(epoch FROM now() - owed.next_at))::float8 AS late_s
    FROM (
        SELECT id, CASE WHEN disabled_because = 'by_hand' THEN 'off' WHEN disabled_because IS NOT NULL THEN 'disabled'
                        WHEN failing_since IS NOT NULL THEN 'failing' ELSE 'ok' END AS state
        FROM bankcore.webhook_endpoints WHERE tenant_id = %(tenant)s) AS endpoint
    CROSS JOIN LATERAL (
        SELECT count(*) AS number, min(next_at) AS next_at FROM (
            SELECT next_at FROM bankcore.webhook_deliveries
            WHERE tenant_id = %(tenant)s AND endpoint_id = endpoint.id AND next_at IS NOT NULL
              AND endpoint.state IN ('ok', 'failing')
            ORDER BY next_at LIMIT %(most)s / 100) AS first) AS owed
"""

CONFIGS: Final = """
    SELECT id, provider FROM bankcore.provider_configs WHERE tenant_id = %(tenant)s AND is_enabled LIMIT %(most)s / 100
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerReading:
    """What is owed to a consumer: how many events, for how long, and how many were given up."""

    consumer: str
    pending: int
    oldest_age_s: float
    dead_letters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What the last run found, and when it ended, in seconds since 1970."""

    drifts: int
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReading:
    """An endpoint: `ok`, `failing`, `disabled` for it, or `off` by hand; what is owed to it, and for how long."""

    state: str
    pending: int
    late_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantReading:
    """One tenant at one moment; `sealing_lag_s` is the age of the oldest record that no checkpoint covers."""

    consumers: tuple[ConsumerReading, ...]
    sealing_lag_s: float
    reconciled: Reconciled | None
    open_cases: int
    webhooks: tuple[WebhookReading, ...]
    followed: tuple[FollowedReading, ...]
    waiting: WaitingReading
    notices_given_up: int
    configs: tuple[tuple[ProviderConfigId, str], ...]
    """Our enabled accounts at providers, each with the provider's name."""


def read_tenant(connection: TenantConnection) -> TenantReading:
    """The connection's tenant, now."""
    parameters = {"tenant": connection.tenant_id, "most": COUNTED_MAX}
    consumers = connection.sql.exec_driver_sql(CONSUMERS, parameters).fetchall()
    unsealed = connection.sql.exec_driver_sql(UNSEALED, parameters).scalar_one_or_none()
    reconciled = connection.sql.exec_driver_sql(RECONCILED, parameters).one_or_none()
    webhooks = connection.sql.exec_driver_sql(WEBHOOKS, parameters).fetchall()
    configs = connection.sql.exec_driver_sql(CONFIGS, parameters).fetchall()
    return TenantReading(
        consumers=tuple(_consumer(row) for row in consumers),
        sealing_lag_s=0.0 if unsealed is None else unsealed,
        reconciled=None if reconciled is None else Reconciled(drifts=reconciled[0], at_s=reconciled[1]),
        open_cases=connection.sql.exec_driver_sql(OPEN_CASES, parameters).scalar_one(),
        webhooks=tuple(_webhooks(row) for row in webhooks),
        followed=read_followed(connection, parameters),
        waiting=read_waiting(connection, parameters),
        notices_given_up=connection.sql.exec_driver_sql(NOTICES_GIVEN_UP, parameters).scalar_one(),
        configs=tuple((ProviderConfigId(row.id), row.provider) for row in configs),
    )


def _consumer(row: Row[tuple[object, ...]]) -> ConsumerReading:
    return ConsumerReading(
        consumer=row.consumer,
        pending=row.pending,
        oldest_age_s=0.0 if row.age_s is None else row.age_s,
        dead_letters=row.dead,
    )


def _webhooks(row: Row[tuple[object, ...]]) -> WebhookReading:
    return WebhookReading(state=row.state, pending=row.pending, late_s=0.0 if row.late_s is None else row.late_s)
