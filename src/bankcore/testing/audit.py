"""An audit log in memory, for tests of code that reads it or reports attempts."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bankcore.audit.actions import AUDIT_READ
from bankcore.audit.attempts import Attempt, AttemptLog
from bankcore.audit.queries import AuditedEvent, AuditFilter, AuditOutcome, AuditPosition, AuditQueries
from bankcore.clock import Clock
from bankcore.errors import NotFoundError
from bankcore.identifiers import EventId, IdentifierSource
from bankcore.origin import Origin


class InMemoryAuditLog(AuditQueries):
    """The records that a test has added, and the records of each read."""

    def __init__(self, clock: Clock, ids: IdentifierSource) -> None:
        """Begin without records; clock and ids are for the records of reads."""
        self._clock = clock
        self._ids = ids
        self.events: list[AuditedEvent] = []

    def add(self, event: AuditedEvent) -> None:
        """Record the event."""
        self.events.append(event)

    def list_events(
        self, wanted: AuditFilter, *, before: AuditPosition | None = None, limit: int, origin: Origin
    ) -> Sequence[AuditedEvent]:
        found = [event for event in self._ordered() if _is_wanted(event, wanted)]
        self._write_down("list", origin)
        return [event for event in reversed(found) if before is None or _position(event) < before][:limit]

    def get_event(self, event_id: EventId, *, origin: Origin) -> AuditedEvent:
        """The record with that id; NotFoundError."""
        for event in self.events:
            if event.id == event_id:
                self._write_down("event", origin)
                return event
        raise NotFoundError(resource="audit_event", identifier=str(event_id))

    def export_events(
        self, *, from_instant: datetime | None = None, to_instant: datetime | None = None, origin: Origin
    ) -> Iterator[AuditedEvent]:
        wanted = AuditFilter(from_instant=from_instant, to_instant=to_instant)
        found = [event for event in self._ordered() if _is_wanted(event, wanted)]
        self._write_down("export", origin)
        return iter(found)

    def _ordered(self) -> list[AuditedEvent]:
        return sorted(self.events, key=_position)

    def _write_down(self, what: str, origin: Origin) -> None:
        facts: Mapping[str, str] = {"action": AUDIT_READ.name, "read": what}
        self.add(
            AuditedEvent(
                id=EventId(self._ids.new_id()),
                at=self._clock.now(),
                action=AUDIT_READ.name,
                outcome=AuditOutcome.SUCCESS,
                actor_type=origin.actor_type,
                actor_id=origin.actor_id,
                subject_id=None,
                account_ids=(),
                request_id=origin.request_id,
                ip_address=origin.ip_address,
                user_agent=origin.user_agent,
                body=json.dumps(facts).encode(),
            )
        )


class InMemoryAttemptLog(AttemptLog):
    """The attempts that were reported."""

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []

    def record(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)


def _position(event: AuditedEvent) -> AuditPosition:
    return AuditPosition(event.at, event.id)


def _is_wanted(event: AuditedEvent, wanted: AuditFilter) -> bool:
    return (
        (wanted.account_id is None or wanted.account_id in event.account_ids)
        and wanted.actor_id in {None, event.actor_id}
        and wanted.action in {None, event.action}
        and wanted.outcome in {None, event.outcome}
        and wanted.request_id in {None, event.request_id}
        and (wanted.from_instant is None or wanted.from_instant <= event.at)
        and (wanted.to_instant is None or event.at < wanted.to_instant)
    )
