"""Pages of the audit log and of checkpoints."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from bankcore.audit.ports import SealedLog
from bankcore.audit.queries import AuditFilter, AuditOutcome, AuditPosition, AuditQueries
from bankcore.identifiers import EventId
from bankcore.origin import Origin
from bankcore_http.answering.envelope import Answer
from bankcore_http.audit.presenters import present_checkpoint, present_event
from bankcore_http.reading.pagination import CursorFormat

_EVENTS: Final = CursorFormat("audit", datetime, UUID)
_CHECKPOINTS: Final = CursorFormat("checkpoints", int)
_FACTS: Final = ("account_id", "actor_id", "action", "request_id", "from_instant", "to_instant")


def list_audit(queries: AuditQueries, query: Mapping[str, Any], *, origin: Origin) -> Answer:
    """One page of the audit log, latest first; InvalidRequestError for a cursor of another list."""
    limit, position = query["limit"], _EVENTS.read(query)
    before = None
    if position is not None:
        before = AuditPosition(cast("datetime", position[0]), EventId(cast("UUID", position[1])))
    outcome = None if query["outcome"] is None else AuditOutcome(query["outcome"])
    wanted = AuditFilter(outcome=outcome, **{name: query[name] for name in _FACTS})
    # One more than asked for tells whether another page follows.
    found = queries.list_events(wanted, before=before, limit=limit + 1, origin=origin)
    shown = found[:limit]
    next_position = (shown[-1].at, shown[-1].id) if len(found) > limit else None
    return Answer([present_event(event) for event in shown], page=_EVENTS.page(query, next_position))


def list_checkpoints(sealed: SealedLog, query: Mapping[str, Any]) -> Answer:
    """One page of the checkpoints, latest first; InvalidRequestError for a cursor of another list."""
    limit, position = query["limit"], _CHECKPOINTS.read(query)
    before = None if position is None else cast("int", position[0])
    found = sealed.list_checkpoints(before_size=before, limit=limit + 1)
    shown = found[:limit]
    next_position = (shown[-1].size,) if len(found) > limit else None
    return Answer([present_checkpoint(state) for state in shown], page=_CHECKPOINTS.page(query, next_position))
