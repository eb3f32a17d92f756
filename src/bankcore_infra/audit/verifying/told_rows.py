"""Rows of a table beside what the log tells of them, for what no export has: verified by `bankcore verify` alone."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Row

from bankcore.clock import instant_text
from bankcore.ledger.verification import Finding
from bankcore_infra.db.tenant_connection import TenantConnection

_ROWS_AT_ONCE: Final = 1_000
_BESIDE: Final = """
    SELECT row.*, told.subject_id AS told_id, told.bodies
    FROM (SELECT * FROM bankcore.{table} WHERE tenant_id = %s) AS row
    FULL JOIN (
        SELECT subject_id, array_agg(body ORDER BY at, id) AS bodies FROM bankcore.audit_log
        WHERE tenant_id = %s AND outcome = 'success' AND action = ANY(%s) GROUP BY subject_id
    ) AS told ON told.subject_id = row.id
"""
Told = tuple[str, str, Any]
"""The action of a record, its time, and its facts of that name."""


def rows_and_records(
    connection: TenantConnection, table: str, actions: Sequence[str], fact: str
) -> Iterator[tuple[str, Row[Any] | None, list[Told]]]:
    """The id of each row and of each subject of these actions, with the row and the records, the first one first.

    A record that cannot be read is left out: whoever verifies the log tells of it.
    """
    statement, tenant_id = _BESIDE.format(table=table), connection.tenant_id
    rows = connection.sql.exec_driver_sql(
        statement,
        (tenant_id, tenant_id, list(actions)),
        execution_options={"stream_results": True, "max_row_buffer": _ROWS_AT_ONCE},
    )
    for row in rows:
        told = [each for body in row.bodies or () if (each := _told_in(bytes(body), fact)) is not None]
        yield str(row.id or row.told_id), None if row.id is None else row, told


def differences(place: str, said: object, found: dict[str, Any]) -> Iterator[Finding]:
    """A finding that names the facts that the record does not tell as the row has them."""
    told = said if isinstance(said, dict) else {}
    plain = json.loads(json.dumps(found, default=str))
    wrong = [name for name, value in plain.items() if told.get(name) != value]
    if wrong:
        yield Finding(place, f"is not as the log tells of it: {', '.join(wrong)}")


def is_at(instant: Any, told: Told) -> bool:
    """Whether the record was made at that instant."""
    return instant is not None and instant_text(instant) == told[1]


def _told_in(body: bytes, fact: str) -> Told | None:
    try:
        record = json.loads(body)
        return record["action"], record["at"], record[fact]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
