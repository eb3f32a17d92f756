"""Attempts that no unit of work keeps: requests that were turned away, and batches that were undone."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol
from uuid import UUID

from bankcore.actions import Action
from bankcore.identifiers import TenantId
from bankcore.ledger.command import Command
from bankcore.origin import Origin


class Denial(Enum):
    """Why a request was turned away; the values are the actions of the audit log."""

    FORBIDDEN = Action("access.forbidden")
    HIDDEN = Action("access.hidden")
    UNAUTHENTICATED = Action("access.unauthenticated")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedRequest:
    """A caller asked for something that is not theirs, or with a bad token.

    `tenant` is the id of the tenant that was asked, or the slug by which a stranger addressed it. `route` is the
    template of the path, never the path itself; `resource_id` the id in it.
    """

    tenant: TenantId | str
    denial: Denial
    code: str
    route: str
    resource: str | None = None
    resource_id: UUID | None = None
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedBatch:
    """A batch that was undone, or whose outcome is unknown; the error's `code` tells which."""

    tenant: TenantId
    commands: Sequence[Command]
    code: str
    origin: Origin


Attempt = DeniedRequest | FailedBatch


class AttemptLog(Protocol):
    """Records attempts in units of work of their own."""

    @abstractmethod
    def record(self, attempt: Attempt) -> None:
        """Record the attempt soon. Never raises and never waits: an attempt that cannot be recorded is only logged."""
