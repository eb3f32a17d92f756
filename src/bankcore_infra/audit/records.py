"""The append-only audit log: its rows, and the one statement that adds them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from bankcore.origin import Origin
from bankcore_infra.db import arrays
from bankcore_infra.db.transactions import TenantConnection

# Account ids come as one text for each row: a column of arrays of different lengths has no literal of its own.
_APPEND: Final = """
    INSERT INTO bankcore.audit_log (tenant_id, id, at, action, outcome, actor_type, actor_id, subject_id, account_ids,
                                    request_id, ip_address, user_agent, body)
    SELECT %s, id, at, action, outcome, actor_type, actor_id, subject_id, account_ids::uuid[],
           request_id, ip_address, user_agent, body
    FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::text[],
                %s::text[], %s::text[], %s::text[], %s::bytea[])
        AS new (id, at, action, outcome, actor_type, actor_id, subject_id, account_ids,
                request_id, ip_address, user_agent, body)
"""


class AuditRecord(NamedTuple):
    """One line of the audit log: the columns that queries need, and the canonical bytes that are sealed.

    `outcome` is `success`, `rejected` (the rules said no) or `denied` (the caller may not).
    """

    id: UUID
    at: datetime
    action: str
    outcome: str
    origin: Origin
    subject_id: UUID | None
    account_ids: Sequence[UUID]
    body: bytes


def append_audit_records(connection: TenantConnection, records: Sequence[AuditRecord]) -> None:
    """Add the records to the tenant's log, in the transaction of what they tell about."""
    origins = [record.origin for record in records]
    connection.sql.exec_driver_sql(
        _APPEND,
        (
            connection.tenant_id,
            arrays.uuids([record.id for record in records]),
            arrays.instants([record.at for record in records]),
            arrays.texts([record.action for record in records]),
            arrays.texts([record.outcome for record in records]),
            arrays.texts([origin.actor_type for origin in origins]),
            arrays.texts([origin.actor_id for origin in origins]),
            arrays.optional_uuids([record.subject_id for record in records]),
            arrays.texts([arrays.uuids(record.account_ids) for record in records]),
            arrays.texts([origin.request_id for origin in origins]),
            arrays.texts([origin.ip_address for origin in origins]),
            arrays.texts([origin.user_agent for origin in origins]),
            arrays.byte_strings([record.body for record in records]),
        ),
    )
