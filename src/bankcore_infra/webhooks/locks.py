"""Locks endpoints, and deliveries that are due, waiting for nobody's."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Row

from bankcore.identifiers import TenantId
from bankcore.webhooks.endpoints import WebhookEndpointId
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Sent, Statement

_LOCK_ENDPOINT: Final = """
    SELECT * FROM bankcore.webhook_endpoints WHERE tenant_id = %s AND id = %s FOR NO KEY UPDATE
"""
# One look-up by index for each endpoint: however much is owed to one of them, the others are not searched for in it.
# Where there is no room for all, chance says whose are taken.
_LOCK_DUE: Final = Statement("""
    SELECT due.endpoint_id, due.event_id FROM (
        SELECT id FROM bankcore.webhook_endpoints WHERE tenant_id = $1::uuid AND disabled_because IS NULL
        ORDER BY random()) AS endpoint
    LEFT JOIN unnest($2::uuid[], $3::bigint[]) AS room (endpoint_id, places) ON room.endpoint_id = endpoint.id
    CROSS JOIN LATERAL (
        SELECT endpoint_id, event_id FROM bankcore.webhook_deliveries
        WHERE tenant_id = $1::uuid AND endpoint_id = endpoint.id AND next_at IS NOT NULL AND next_at <= now()
        ORDER BY next_at, event_id LIMIT coalesce(room.places, $4::bigint)
        FOR NO KEY UPDATE SKIP LOCKED) AS due
    LIMIT $5::bigint
""")


def lock_webhook_endpoint(
    connection: Connection, tenant_id: TenantId, endpoint_id: WebhookEndpointId
) -> Row[Any] | None:
    """Lock the row of the endpoint and read it. It is locked before its deliveries."""
    return connection.exec_driver_sql(_LOCK_ENDPOINT, (tenant_id, endpoint_id)).one_or_none()


def locking_due_webhooks(
    tenant_id: TenantId, places: Mapping[WebhookEndpointId, int], *, otherwise: int, most: int
) -> Sent:
    """Locks what is due of each enabled endpoint, of what nobody else has locked; nothing is locked after it."""
    ids = list(places)
    counts = arrays.integers([places[endpoint_id] for endpoint_id in ids])
    return Sent(_LOCK_DUE, (tenant_id, arrays.uuids(ids), counts, otherwise, most))
