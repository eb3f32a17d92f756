"""What every event has in common, and the one event that every capability may have."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from bankcore.actions import Action, Subject
from bankcore.errors import BankcoreError
from bankcore.identifiers import EventId, TenantId
from bankcore.origin import Origin


class Stamp(NamedTuple):
    """What every event tells: its id, where it happened, when by the database's clock, and who asked."""

    id: EventId
    tenant_id: TenantId
    occurred_at: datetime
    origin: Origin


class Event(Protocol):
    """Something that happened. A unit of work that publishes it records it."""

    @property
    @abstractmethod
    def stamp(self) -> Stamp:
        """Which event it is, and where, when and by whom it was caused."""


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """A person or a job asked for this and was refused; nothing changed."""

    stamp: Stamp
    action: Action
    subject: Subject | None
    reason: BankcoreError
