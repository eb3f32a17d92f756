"""Endpoints out of and into their rows."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row

from bankcore.webhooks.endpoints import DisabledBecause, WebhookEndpoint, WebhookEndpointId
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.identifiers import ID_LAST

_COLUMNS: Final = """
    id, url, events, description, created_at, disabled_because, failing_since, secret_version, previous_secret_until
"""
_ADD: Final = f"""
    INSERT INTO bankcore.webhook_endpoints (tenant_id, {_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""  # noqa: S608 - made of constants
_UPDATE: Final = """
    UPDATE bankcore.webhook_endpoints SET url = %s, events = %s, description = %s, disabled_because = %s,
        failing_since = %s, secret_version = %s, previous_secret_until = %s
    WHERE tenant_id = %s AND id = %s
"""
_REMOVE: Final = "DELETE FROM bankcore.webhook_endpoints WHERE tenant_id = %s AND id = %s"
_COUNT: Final = "SELECT count(*) FROM bankcore.webhook_endpoints WHERE tenant_id = %s"
_FIND: Final = f"""
    SELECT {_COLUMNS} FROM bankcore.webhook_endpoints WHERE tenant_id = %s AND id = %s
"""  # noqa: S608 - made of constants
_LIST: Final = f"""
    SELECT {_COLUMNS} FROM bankcore.webhook_endpoints WHERE tenant_id = %s AND id < %s ORDER BY id DESC LIMIT %s
"""  # noqa: S608 - made of constants


def add_endpoint(connection: TenantConnection, endpoint: WebhookEndpoint) -> None:
    """Add the row."""
    row = (
        connection.tenant_id,
        endpoint.id,
        endpoint.url,
        list(endpoint.events),
        endpoint.description,
        endpoint.created_at,
        endpoint.disabled_because,
        endpoint.failing_since,
        endpoint.secret_version,
        endpoint.previous_secret_until,
    )
    connection.sql.exec_driver_sql(_ADD, row)


def update_endpoint(connection: TenantConnection, endpoint: WebhookEndpoint) -> None:
    """Write what can change."""
    changed = (
        endpoint.url,
        list(endpoint.events),
        endpoint.description,
        endpoint.disabled_because,
        endpoint.failing_since,
        endpoint.secret_version,
        endpoint.previous_secret_until,
    )
    connection.sql.exec_driver_sql(_UPDATE, (*changed, connection.tenant_id, endpoint.id))


def remove_endpoint(connection: TenantConnection, endpoint_id: WebhookEndpointId) -> None:
    """Delete the row, and with it what is owed."""
    connection.sql.exec_driver_sql(_REMOVE, (connection.tenant_id, endpoint_id))


def count_endpoints(connection: TenantConnection) -> int:
    """How many there are."""
    return int(connection.sql.exec_driver_sql(_COUNT, (connection.tenant_id,)).scalar_one())


def find_endpoint(connection: TenantConnection, endpoint_id: WebhookEndpointId) -> WebhookEndpoint | None:
    """The endpoint with that id."""
    row = connection.sql.exec_driver_sql(_FIND, (connection.tenant_id, endpoint_id)).one_or_none()
    return None if row is None else endpoint_of(row)


def list_endpoints(
    connection: TenantConnection, *, before: WebhookEndpointId | None, limit: int
) -> Sequence[WebhookEndpoint]:
    """The latest endpoints."""
    rows = connection.sql.exec_driver_sql(_LIST, (connection.tenant_id, before or ID_LAST, limit))
    return [endpoint_of(row) for row in rows]


def endpoint_of(row: Row[Any]) -> WebhookEndpoint:
    """The endpoint in a row."""
    because = row.disabled_because
    return WebhookEndpoint(
        id=WebhookEndpointId(row.id),
        url=row.url,
        events=tuple(row.events),
        description=row.description,
        created_at=row.created_at,
        disabled_because=None if because is None else DisabledBecause(because),
        failing_since=row.failing_since,
        secret_version=row.secret_version,
        previous_secret_until=row.previous_secret_until,
    )
