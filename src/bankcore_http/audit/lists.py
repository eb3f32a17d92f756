"""Pages of the audit log and of checkpoints."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from bankcore.audit.ports import SealedLog
from bankcore.audit.queries import AuditedEvent, AuditFilter, AuditPosition, AuditQueries
from bankcore.identifiers import AccountId
from bankcore.origin import Origin
from bankcore_http.answering.envelope import Answer
from bankcore_http.audit.shapes import AuditQuery, present_checkpoint, present_event
from bankcore_http.reading.pagination import CursorFormat, ListQuery

_EVENTS: Final = CursorFormat("audit", datetime, UUID, into=AuditPosition)
_CHECKPOINTS: Final = CursorFormat("checkpoints", int, into=int)


def list_audit(queries: AuditQueries, query: AuditQuery, *, origin: Origin) -> Answer:
    """One page of the audit log, latest first; InvalidRequestError for a cursor of another list."""
    wanted = AuditFilter(
        account_id=None if query.account_id is None else AccountId(query.account_id),
        actor_id=query.actor_id,
        action=query.action,
        outcome=query.outcome,
        request_id=query.request_id,
        from_instant=query.from_instant,
        to_instant=query.to_instant,
    )

    def find(before: AuditPosition | None, limit: int) -> Sequence[AuditedEvent]:
        return queries.list_events(wanted, before=before, limit=limit, origin=origin)

    found, page = _EVENTS.page_of(query, find, lambda event: (event.at, event.id))
    return Answer([present_event(event) for event in found], page=page)


def list_checkpoints(sealed: SealedLog, query: ListQuery) -> Answer:
    """One page of the checkpoints, latest first; InvalidRequestError for a cursor of another list."""
    found, page = _CHECKPOINTS.page_of(
        query,
        lambda before, limit: sealed.list_checkpoints(before_size=before, limit=limit),
        lambda state: (state.size,),
    )
    return Answer([present_checkpoint(state) for state in found], page=page)
