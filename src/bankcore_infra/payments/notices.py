"""Notices of providers out of and into their rows."""

from typing import Final

from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.notices import NOTICE_PAUSE, NOTICE_TRIES_MAX, NoticeSubject, ProviderNotice
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.payments import locks

_ADD: Final = """
    INSERT INTO bankcore.provider_notices (tenant_id, config_id, digest, name, body, subject)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT ON CONSTRAINT provider_notices_pkey DO NOTHING
"""
_END: Final = """
    UPDATE bankcore.provider_notices SET due_at = NULL, ended_at = now(), body = ''
    WHERE tenant_id = %s AND config_id = %s AND digest = %s
"""


def add_notice(connection: TenantConnection, notice: ProviderNotice) -> bool:
    """Add it; whether it was not there before."""
    row = (connection.tenant_id, notice.config_id, notice.digest, notice.name, notice.body, notice.subject)
    return connection.sql.exec_driver_sql(_ADD, row).rowcount == 1


def take_due_notice(connection: TenantConnection, subject: NoticeSubject) -> ProviderNotice | None:
    """The one about that which is due for longest."""
    row = locks.take_due_notice(connection.sql, connection.tenant_id, subject, NOTICE_TRIES_MAX, NOTICE_PAUSE)
    if row is None:
        return None
    return ProviderNotice(
        config_id=ProviderConfigId(row.config_id),
        digest=bytes(row.digest),
        name=row.name,
        body=bytes(row.body),
        tries=row.tries,
        subject=subject,
    )


def end_notice(connection: TenantConnection, notice: ProviderNotice) -> None:
    """End it."""
    connection.sql.exec_driver_sql(_END, (connection.tenant_id, notice.config_id, notice.digest))
