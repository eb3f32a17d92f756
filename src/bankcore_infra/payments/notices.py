"""Notices of providers out of and into their rows."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row

from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.notices import NOTICE_PAUSE, NOTICE_TRIES_MAX, NoticeId, NoticeSubject, ProviderNotice
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.payments import locks

_ADD: Final = """
    INSERT INTO bankcore.provider_notices (tenant_id, config_id, digest, name, body, subject)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT ON CONSTRAINT provider_notices_pkey DO NOTHING
"""
_END: Final = """
    UPDATE bankcore.provider_notices SET due_at = NULL, ended_at = now(), body = ''
    WHERE tenant_id = %s AND config_id = %s AND digest = %s AND ended_at IS NULL
"""
# What an older release ended keeps its body until a job of the night empties it.
_GIVEN_UP: Final = "due_at IS NULL AND ended_at IS NULL AND body <> ''"
_LIST_GIVEN_UP: Final = f"""
    SELECT config_id, digest, name, body, subject, tries, received_at FROM bankcore.provider_notices
    WHERE tenant_id = %s AND {_GIVEN_UP} AND (%s::uuid IS NULL OR config_id = %s)
    ORDER BY received_at LIMIT %s
"""  # noqa: S608 - made of constants
_REDRIVE: Final = f"""
    UPDATE bankcore.provider_notices SET due_at = now(), tries = 0
    WHERE tenant_id = %s AND config_id = %s AND digest = %s AND {_GIVEN_UP}
    RETURNING config_id, digest, name, body, subject, tries, received_at
"""  # noqa: S608 - made of constants


def add_notice(connection: TenantConnection, notice: ProviderNotice) -> bool:
    """Add it; whether it was not there before."""
    row = (connection.tenant_id, notice.config_id, notice.digest, notice.name, notice.body, notice.subject)
    return connection.sql.exec_driver_sql(_ADD, row).rowcount == 1


def take_due_notice(connection: TenantConnection, subject: NoticeSubject) -> ProviderNotice | None:
    """The one about that which is due for longest."""
    row = locks.take_due_notice(connection.sql, connection.tenant_id, subject, NOTICE_TRIES_MAX, NOTICE_PAUSE)
    return None if row is None else _notice_of(row)


def end_notice(connection: TenantConnection, notice: ProviderNotice) -> bool:
    """End it; whether it was open."""
    ended = connection.sql.exec_driver_sql(_END, (connection.tenant_id, notice.config_id, notice.digest))
    return ended.rowcount == 1


def list_given_up_notices(
    connection: TenantConnection, config_id: ProviderConfigId | None, limit: int
) -> Sequence[ProviderNotice]:
    """Those of that configuration, or of all, that were tried in vain, the oldest first."""
    parameters = (connection.tenant_id, config_id, config_id, limit)
    return [_notice_of(row) for row in connection.sql.exec_driver_sql(_LIST_GIVEN_UP, parameters)]


def redrive_notice(connection: TenantConnection, notice_id: NoticeId) -> ProviderNotice | None:
    """Have it tried again from the start, if it was given up."""
    row = connection.sql.exec_driver_sql(_REDRIVE, (connection.tenant_id, *notice_id)).one_or_none()
    return None if row is None else _notice_of(row)


def _notice_of(row: Row[Any]) -> ProviderNotice:
    return ProviderNotice(
        config_id=ProviderConfigId(row.config_id),
        digest=bytes(row.digest),
        name=row.name,
        body=bytes(row.body),
        subject=NoticeSubject(row.subject),
        tries=row.tries,
        received_at=row.received_at,
    )
