"""Reads of the audit log on PostgreSQL; each one is recorded in the transaction that reads."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row
from typing_extensions import override

from bankcore.audit.actions import AUDIT_READ
from bankcore.audit.queries import AuditedEvent, AuditFilter, AuditOutcome, AuditPosition, AuditQueries
from bankcore.clock import instant_text
from bankcore.errors import NotFoundError
from bankcore.events.stamps import Stamp
from bankcore.identifiers import EventId, IdentifierSource
from bankcore.origin import Origin
from bankcore_infra.audit.reading.filters import conditions_of, list_statement
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import Deed, append_audit_records, make_record
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions

WINDOW: Final = 500
"""How many records an export reads at a time, so that memory does not grow with the period."""

# A holder of the application's role can write any value into the columns: a time out of range is shown as the nearest
# possible one, and a missing account list as an empty one.
_COLUMNS: Final = """
    SELECT log.id, least(greatest(log.at, '0001-01-02'), '9999-12-30') AS at, log.action, log.outcome, log.actor_type,
           log.actor_id, log.subject_id,
           ARRAY(SELECT named.id FROM unnest(log.account_ids) WITH ORDINALITY AS named (id, number)
                 WHERE named.id IS NOT NULL ORDER BY named.number) AS account_ids,
           log.request_id, log.body, context.ip_address, context.user_agent
"""
# Each context is one look-up by its key: LIMIT keeps the planner from making a join of it.
_CONTEXT: Final = """
    LEFT JOIN LATERAL (
        SELECT known.ip_address, known.user_agent FROM bankcore.audit_context AS known
        WHERE known.tenant_id = %(tenant)s AND known.id = log.context_id LIMIT 1
    ) AS context ON true
"""
_LIST: Final = f"{_COLUMNS} FROM ({{found}}) AS log {_CONTEXT} ORDER BY log.at {{order}}, log.id {{order}}"
# One actor has ten records, another a million. Without statistics on the tenant, the planner expects few rows for each
# and would collect and sort them. Every index here is in order, so the planner is told to walk along one until the page
# is full.
_WALK_IN_ORDER: Final = """
    SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_bitmapscan', 'off', true),
           set_config('enable_sort', 'off', true)
"""
_GET: Final = (
    f"{_COLUMNS} FROM bankcore.audit_log AS log {_CONTEXT} WHERE log.tenant_id = %(tenant)s AND log.id = %(id)s"
)


class SqlAuditQueries(AuditQueries):
    """The audit log of one tenant."""

    def __init__(self, transactions: Transactions, ids: IdentifierSource) -> None:
        """Read the log of the tenant of those transactions; `ids` names the records of these reads."""
        self._transactions = transactions
        self._ids = ids

    @override
    def list_events(
        self, wanted: AuditFilter, *, before: AuditPosition | None = None, limit: int, origin: Origin
    ) -> Sequence[AuditedEvent]:
        def find(connection: TenantConnection) -> Sequence[AuditedEvent]:
            statement = list_statement(conditions_of(wanted, before=before), account_id=wanted.account_id, order="DESC")
            found = _find(connection, statement, limit=limit, order="DESC")
            self._write_down(connection, "list", filter_facts(wanted), origin)
            return found

        return self._transactions.run(find)

    @override
    def get_event(self, event_id: EventId, *, origin: Origin) -> AuditedEvent:
        def find(connection: TenantConnection) -> AuditedEvent:
            row = connection.sql.exec_driver_sql(_GET, {"tenant": connection.tenant_id, "id": event_id}).one_or_none()
            if row is None:
                raise NotFoundError(resource="audit_event", identifier=str(event_id))
            self._write_down(connection, "event", {"id": str(event_id)}, origin)
            return _event_of(row)

        return self._transactions.run(find)

    @override
    def export_events(
        self, *, from_instant: datetime | None = None, to_instant: datetime | None = None, origin: Origin
    ) -> Iterator[AuditedEvent]:
        def begin(connection: TenantConnection) -> datetime:
            asked = AuditFilter(from_instant=from_instant, to_instant=to_instant)
            self._write_down(connection, "export", filter_facts(asked), origin)
            return connection.opened_at

        begun = self._transactions.run(begin)
        ends = begun if to_instant is None else min(begun, to_instant)
        return self._in_windows(AuditFilter(from_instant=from_instant, to_instant=ends))

    def _in_windows(self, wanted: AuditFilter) -> Iterator[AuditedEvent]:
        after: AuditPosition | None = None
        while True:
            statement = list_statement(conditions_of(wanted, after=after), account_id=None, order="ASC")
            window = self._transactions.rehearse(
                lambda connection, statement=statement: _find(connection, statement, limit=WINDOW, order="ASC")  # type: ignore[misc] # bound now
            )
            yield from window
            if len(window) < WINDOW:
                return
            after = AuditPosition(window[-1].at, window[-1].id)

    def _write_down(
        self, connection: TenantConnection, what: str, asked: Mapping[str, CanonicalValue], origin: Origin
    ) -> None:
        stamp = Stamp(EventId(self._ids.new_id()), connection.tenant_id, connection.opened_at, origin)
        facts: dict[str, CanonicalValue] = {"read": what, "filter": asked}
        append_audit_records(connection, [make_record(stamp, Deed(AUDIT_READ), facts, AuditContexts())])


def filter_facts(wanted: AuditFilter) -> dict[str, CanonicalValue]:
    """The filter as it is recorded, without the conditions that are not set."""
    facts: dict[str, CanonicalValue | None] = {
        "accountId": None if wanted.account_id is None else str(wanted.account_id),
        "actorId": wanted.actor_id,
        "action": wanted.action,
        "outcome": None if wanted.outcome is None else str(wanted.outcome),
        "requestId": wanted.request_id,
        "from": None if wanted.from_instant is None else instant_text(wanted.from_instant),
        "to": None if wanted.to_instant is None else instant_text(wanted.to_instant),
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _find(
    connection: TenantConnection, statement: tuple[str, dict[str, object]], *, limit: int, order: str
) -> list[AuditedEvent]:
    found, parameters = statement
    connection.sql.exec_driver_sql(_WALK_IN_ORDER)
    rows = connection.sql.exec_driver_sql(
        _LIST.format(found=found, order=order), {**parameters, "tenant": connection.tenant_id, "limit": limit}
    )
    return [_event_of(row) for row in rows]


def _event_of(row: Row[Any]) -> AuditedEvent:
    return AuditedEvent(
        id=EventId(row.id),
        at=row.at,
        action=row.action,
        outcome=AuditOutcome(row.outcome),
        actor_type=row.actor_type,
        actor_id=row.actor_id,
        subject_id=row.subject_id,
        account_ids=tuple(row.account_ids),
        request_id=row.request_id,
        ip_address=row.ip_address,
        user_agent=row.user_agent,
        body=bytes(row.body),
    )
