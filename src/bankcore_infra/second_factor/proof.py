"""Whether second factors, and the sessions that proved one, are as the log tells of them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Row

from bankcore.identity.actions import (
    LOGGED_IN,
    SECOND_FACTOR_BEGUN,
    SECOND_FACTOR_CONFIRMED,
    SECOND_FACTOR_REMOVED,
    SECOND_FACTOR_RESET,
    SESSION_STEPPED_UP,
)
from bankcore.ledger.verification import Finding
from bankcore_infra.db.tenant_connection import TenantConnection

_BEGUN, _CONFIRMED = SECOND_FACTOR_BEGUN.name, SECOND_FACTOR_CONFIRMED.name
_ENDS: Final = (SECOND_FACTOR_REMOVED.name, SECOND_FACTOR_RESET.name)
_ROWS_AT_ONCE: Final = 1_000
# In the order of ids, since a transaction that waited for the factor has begun before what it follows.
_FACTORS: Final = """
    SELECT factor.user_id, factor.created_at, factor.confirmed_at, told.subject_id, told.actions, told.instants
    FROM (SELECT * FROM bankcore.second_factors WHERE tenant_id = %s) AS factor
    FULL JOIN (
        SELECT subject_id, array_agg(action ORDER BY id) AS actions, array_agg(at ORDER BY id) AS instants
        FROM bankcore.audit_log
        WHERE tenant_id = %s AND outcome = 'success' AND action = ANY(%s) GROUP BY subject_id
    ) AS told ON told.subject_id = factor.user_id
"""
_PROOFS: Final = """
    SELECT s.id FROM bankcore.sessions AS s
    WHERE s.tenant_id = %s AND s.mfa_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM bankcore.audit_log AS told
        WHERE told.tenant_id = s.tenant_id AND told.subject_id = s.user_id AND told.at = s.mfa_at
          AND told.action = ANY(%s) AND told.outcome = 'success')
    ORDER BY s.id
"""


class _Standing(NamedTuple):
    """Since when a factor is begun, and since when it is confirmed."""

    begun_at: datetime
    confirmed_at: datetime | None = None


def verify_second_factors(connection: TenantConnection) -> Iterator[Finding]:
    """What is wrong with second factors, if anything: one that was taken away lets in who has the password alone."""
    tenant_id, streamed = connection.tenant_id, {"stream_results": True, "max_row_buffer": _ROWS_AT_ONCE}
    actions = [_BEGUN, _CONFIRMED, *_ENDS]
    factors = connection.sql.exec_driver_sql(_FACTORS, (tenant_id, tenant_id, actions), execution_options=streamed)
    for row in factors:
        problem = _find_problem(row)
        if problem is not None:
            yield Finding(f"second factor of user {row.user_id or row.subject_id}", problem)
    proving = [LOGGED_IN.name, SESSION_STEPPED_UP.name]
    for session_id in connection.sql.exec_driver_sql(_PROOFS, (tenant_id, proving)).scalars():
        yield Finding(f"session {session_id}", "no record tells that a second factor was proven in it then")


def _find_problem(row: Row[Any]) -> str | None:
    found = None if row.user_id is None else _Standing(row.created_at, row.confirmed_at)
    said = _follow(zip(row.actions or (), row.instants or (), strict=True))
    if found == said:
        return None
    if found is None:
        return "is gone"
    return "the log has no record of it" if said is None else "was begun or confirmed at another time by the log"


def _follow(records: "Iterator[tuple[str, datetime]]") -> _Standing | None:
    """How the factor stands after these records."""
    standing: _Standing | None = None
    for action, instant in records:
        if action == _BEGUN:
            standing = _Standing(instant)
        elif action in _ENDS:
            standing = None
        elif standing is not None:
            standing = standing._replace(confirmed_at=instant)
    return standing
