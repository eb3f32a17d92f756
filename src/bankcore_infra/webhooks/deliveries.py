"""Messages, deliveries and attempts out of and into their rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from bankcore.identifiers import EventId
from bankcore.webhooks.deliveries import DueWebhook, SettledAttempt, WebhookAttempt, WebhookDelivery, WebhookStatus
from bankcore.webhooks.endpoints import WebhookEndpointId
from bankcore.webhooks.messages import WebhookMessage
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.identifiers import ID_LAST
from bankcore_infra.webhooks.endpoints import endpoint_of
from bankcore_infra.webhooks.locks import locking_due_webhooks

# A message that nobody wants is not kept. Sorted by their keys, so that two who owe the same wait in no circle.
_OWE: Final = Statement("""
    WITH new AS (SELECT * FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::bytea[])
            AS new (event_id, type, occurred_at, body)),
    wanted AS (
        SELECT endpoint.id AS endpoint_id, new.*, endpoint.disabled_because IS NULL AS is_due
        FROM new JOIN bankcore.webhook_endpoints AS endpoint ON endpoint.tenant_id = $1::uuid
            AND endpoint.events && ARRAY['*', new.type] AND new.occurred_at >= endpoint.created_at),
    kept AS (
        INSERT INTO bankcore.webhook_messages (tenant_id, event_id, type, occurred_at, body)
        SELECT DISTINCT ON (event_id) $1::uuid, event_id, type, occurred_at, body FROM wanted ORDER BY event_id
        ON CONFLICT ON CONSTRAINT webhook_messages_pkey DO NOTHING)
    INSERT INTO bankcore.webhook_deliveries (tenant_id, endpoint_id, event_id, status, next_at)
    SELECT $1::uuid, endpoint_id, event_id, CASE WHEN is_due THEN 'pending' ELSE 'skipped' END,
           CASE WHEN is_due THEN now() END
    FROM wanted ORDER BY endpoint_id, event_id
    ON CONFLICT ON CONSTRAINT webhook_deliveries_pkey DO NOTHING
""")
_KEEP_MESSAGE: Final = """
    INSERT INTO bankcore.webhook_messages (tenant_id, event_id, type, occurred_at, body) VALUES (%s, %s, %s, %s, %s)
"""
_ADD: Final = """
    INSERT INTO bankcore.webhook_deliveries (tenant_id, endpoint_id, event_id, status, next_at)
    VALUES (%s, %s, %s, 'pending', now())
"""
_REVIVE: Final = """
    UPDATE bankcore.webhook_deliveries SET status = 'pending', next_at = now(), tries = 0
    WHERE tenant_id = %s AND endpoint_id = %s AND event_id = %s
"""
_REVIVE_SINCE: Final = """
    UPDATE bankcore.webhook_deliveries AS stored SET status = 'pending', next_at = now(), tries = 0
    FROM (SELECT delivery.event_id FROM bankcore.webhook_deliveries AS delivery
          JOIN bankcore.webhook_messages AS message USING (tenant_id, event_id)
          WHERE tenant_id = %s AND delivery.endpoint_id = %s AND delivery.status IN ('failed', 'skipped')
            AND message.occurred_at >= %s
          ORDER BY delivery.event_id LIMIT %s) AS missed
    WHERE stored.tenant_id = %s AND stored.endpoint_id = %s AND stored.event_id = missed.event_id
"""
_TAKE: Final = """
    UPDATE bankcore.webhook_deliveries AS taken
    SET attempts = taken.attempts + 1, tries = taken.tries + 1, next_at = %s
    FROM unnest(%s::uuid[], %s::uuid[]) AS due (endpoint_id, event_id),
         bankcore.webhook_endpoints AS endpoint, bankcore.webhook_messages AS message
    WHERE taken.tenant_id = %s AND taken.endpoint_id = due.endpoint_id AND taken.event_id = due.event_id
      AND endpoint.tenant_id = taken.tenant_id AND endpoint.id = taken.endpoint_id
      AND message.tenant_id = taken.tenant_id AND message.event_id = taken.event_id
    RETURNING taken.event_id, taken.attempts, taken.tries, message.body, endpoint.id, endpoint.url, endpoint.events,
        endpoint.description, endpoint.created_at, endpoint.disabled_because, endpoint.failing_since,
        endpoint.secret_version, endpoint.previous_secret_until
"""
_SETTLE: Final = Statement("""
    WITH answered AS (
        SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::bigint[], $7::timestamptz[],
                             $8::bigint[], $9::text[], $10::bigint[])
            AS answered (endpoint_id, event_id, number, status, pause_ms, at, http_status, problem, took_ms)),
    latest AS (
        UPDATE bankcore.webhook_deliveries AS delivery
        SET status = answered.status, next_at = now() + answered.pause_ms * interval '1 millisecond'
        FROM answered
        WHERE delivery.tenant_id = $1::uuid AND delivery.endpoint_id = answered.endpoint_id
          AND delivery.event_id = answered.event_id AND delivery.attempts = answered.number
          AND delivery.next_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM bankcore.webhook_attempts AS ended
            WHERE ended.tenant_id = $1::uuid AND ended.endpoint_id = answered.endpoint_id
              AND ended.event_id = answered.event_id AND ended.number = answered.number)
        RETURNING answered.*)
    INSERT INTO bankcore.webhook_attempts (tenant_id, endpoint_id, event_id, number, at, http_status, problem, took_ms)
    SELECT $1::uuid, endpoint_id, event_id, number, at, http_status, problem, took_ms FROM latest
""")
_LIST: Final = """
    SELECT delivery.endpoint_id, delivery.event_id, message.type, delivery.status, delivery.attempts, delivery.next_at,
           delivery.created_at, log.attempts AS log
    FROM bankcore.webhook_deliveries AS delivery JOIN bankcore.webhook_messages AS message USING (tenant_id, event_id)
    CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_agg(ended ORDER BY number DESC), '[]') AS attempts FROM (
            SELECT number, at, http_status, problem, took_ms FROM bankcore.webhook_attempts
            WHERE tenant_id = delivery.tenant_id AND endpoint_id = delivery.endpoint_id
              AND event_id = delivery.event_id
            ORDER BY number DESC LIMIT 20) AS ended) AS log
    WHERE tenant_id = %s AND delivery.endpoint_id = %s AND delivery.event_id < %s
      AND delivery.status = ANY(%s::text[])
    ORDER BY delivery.event_id DESC LIMIT %s
"""


def owe(connection: TenantConnection, messages: Sequence[WebhookMessage]) -> None:
    """Owe each message to every endpoint that wants it."""
    connection.tell(
        _OWE,
        connection.tenant_id,
        arrays.uuids([message.event_id for message in messages]),
        arrays.texts([message.type for message in messages]),
        arrays.instants([message.occurred_at for message in messages]),
        arrays.byte_strings([message.body for message in messages]),
    )


def owe_to(connection: TenantConnection, endpoint_id: WebhookEndpointId, message: WebhookMessage) -> None:
    """Owe a message that is of no event of the log."""
    tenant_id, sql = connection.tenant_id, connection.sql
    kept = (tenant_id, message.event_id, message.type, message.occurred_at, message.body)
    sql.exec_driver_sql(_KEEP_MESSAGE, kept)
    sql.exec_driver_sql(_ADD, (tenant_id, endpoint_id, message.event_id))


def revive(connection: TenantConnection, endpoint_id: WebhookEndpointId, event_id: UUID) -> bool:
    """Make one due. Returns whether there is one."""
    parameters = (connection.tenant_id, endpoint_id, event_id)
    return connection.sql.exec_driver_sql(_REVIVE, parameters).rowcount == 1


def revive_since(connection: TenantConnection, endpoint_id: WebhookEndpointId, since: datetime, *, limit: int) -> int:
    """Make due what failed or was skipped."""
    place = (connection.tenant_id, endpoint_id)
    return connection.sql.exec_driver_sql(_REVIVE_SINCE, (*place, since, limit, *place)).rowcount


def take_due(
    connection: TenantConnection,
    places: Mapping[WebhookEndpointId, int],
    *,
    otherwise: int,
    most: int,
    lease: timedelta,
) -> Sequence[DueWebhook]:
    """Begin an attempt on what is due."""
    now = connection.opened_at
    lock, parameters = locking_due_webhooks(connection.tenant_id, places, otherwise=otherwise, most=most)
    due = connection.ask(lock, *parameters)
    if not due:
        return []
    endpoint_ids, event_ids = zip(*due, strict=True)
    rows = connection.sql.exec_driver_sql(
        _TAKE, (now + lease, list(endpoint_ids), list(event_ids), connection.tenant_id)
    )
    return [_due_of(row) for row in rows]


def settle(connection: TenantConnection, attempts: Sequence[SettledAttempt]) -> None:
    """Write the attempts, and how their deliveries go on, in the order of the deliveries."""
    ordered = sorted(attempts, key=lambda settled: (settled.endpoint_id, settled.event_id))
    ended = [settled.attempt for settled in ordered]
    connection.ask(
        _SETTLE,
        connection.tenant_id,
        arrays.uuids([settled.endpoint_id for settled in ordered]),
        arrays.uuids([settled.event_id for settled in ordered]),
        arrays.integers([attempt.number for attempt in ended]),
        arrays.texts([settled.status.value for settled in ordered]),
        arrays.integers([_milliseconds(settled.pause) for settled in ordered]),
        arrays.instants([attempt.at for attempt in ended]),
        arrays.integers([attempt.http_status for attempt in ended]),
        arrays.texts([attempt.problem for attempt in ended]),
        arrays.integers([attempt.took_ms for attempt in ended]),
    )


def list_deliveries(
    connection: TenantConnection,
    endpoint_id: WebhookEndpointId,
    *,
    status: WebhookStatus | None,
    before: UUID | None,
    limit: int,
) -> Sequence[WebhookDelivery]:
    """The latest deliveries of the endpoint."""
    wanted = [each.value for each in WebhookStatus] if status is None else [status.value]
    parameters = (connection.tenant_id, endpoint_id, before or ID_LAST, wanted, limit)
    return [_delivery_of(row) for row in connection.sql.exec_driver_sql(_LIST, parameters)]


def _milliseconds(pause: timedelta | None) -> int | None:
    return None if pause is None else pause // timedelta(milliseconds=1)


def _due_of(row: Row[Any]) -> DueWebhook:
    return DueWebhook(
        endpoint=endpoint_of(row),
        event_id=EventId(row.event_id),
        body=bytes(row.body),
        attempt=row.attempts,
        tries=row.tries,
    )


def _delivery_of(row: Row[Any]) -> WebhookDelivery:
    return WebhookDelivery(
        endpoint_id=WebhookEndpointId(row.endpoint_id),
        event_id=EventId(row.event_id),
        type=row.type,
        status=WebhookStatus(row.status),
        attempts=row.attempts,
        next_at=row.next_at,
        created_at=row.created_at,
        log=tuple(
            WebhookAttempt(
                number=ended["number"],
                at=datetime.fromisoformat(ended["at"]),
                http_status=ended["http_status"],
                problem=ended["problem"],
                took_ms=ended["took_ms"],
            )
            for ended in row.log
        ),
    )
