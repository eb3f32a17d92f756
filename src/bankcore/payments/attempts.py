"""Attempts: what happened to a payment at one provider. An attempt that ended stays as it is for ever."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from bankcore.errors import LedgerInvariantError
from bankcore.payments.configurations import ProviderConfigId
from bankcore.providers.answers import NextAction

PaymentAttemptId = NewType("PaymentAttemptId", UUID)


class AttemptStatus(StrEnum):
    """Where an attempt stands."""

    CREATED = "created"
    SENT = "sent"
    """The order may have left; the provider has not said how it ended."""
    REQUIRES_ACTION = "requires_action"
    """The payer has to do something."""
    AUTHORIZED = "authorized"
    """The payer's bank keeps the amount for us; nothing was taken yet."""
    CAPTURING = "capturing"
    """The order to take what was authorized may have left; the provider has not said how it ended."""
    UNKNOWN = "unknown"
    """There was no answer that says anything. Only asking settles it."""
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    NOT_EXECUTED = "not_executed"
    """Certainly nothing happened at the provider."""

    @property
    def is_over(self) -> bool:
        """Whether it stays so."""
        return not _NEXT[self]


_ENDS: Final = frozenset({AttemptStatus.SUCCEEDED, AttemptStatus.DECLINED, AttemptStatus.NOT_EXECUTED})
_NEXT: Final[Mapping[AttemptStatus, frozenset[AttemptStatus]]] = {
    AttemptStatus.CREATED: frozenset({AttemptStatus.SENT}),
    AttemptStatus.SENT: frozenset(
        {AttemptStatus.REQUIRES_ACTION, AttemptStatus.AUTHORIZED, AttemptStatus.UNKNOWN} | _ENDS
    ),
    AttemptStatus.REQUIRES_ACTION: frozenset(
        {AttemptStatus.AUTHORIZED, AttemptStatus.SUCCEEDED, AttemptStatus.DECLINED}
    ),
    AttemptStatus.AUTHORIZED: frozenset({AttemptStatus.CAPTURING, AttemptStatus.SUCCEEDED, AttemptStatus.DECLINED}),
    AttemptStatus.CAPTURING: frozenset({AttemptStatus.AUTHORIZED, AttemptStatus.SUCCEEDED, AttemptStatus.DECLINED}),
    AttemptStatus.UNKNOWN: frozenset({AttemptStatus.AUTHORIZED}) | _ENDS,
    **{end: frozenset() for end in _ENDS},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAttempt:
    """One order to one provider; its id is our reference there, and the provider's idempotency key."""

    id: PaymentAttemptId
    number: int
    config_id: ProviderConfigId
    started_at: datetime
    status: AttemptStatus = AttemptStatus.CREATED
    ended_at: datetime | None = None
    provider_id: str | None = None
    code: str | None = None
    """Why it was declined or not executed, in the provider's word."""
    next_action: NextAction | None = None

    @property
    def reference(self) -> str:
        """Under what the provider knows it."""
        return str(self.id)

    def can_become(self, status: AttemptStatus) -> bool:
        """Whether that may follow."""
        return status in _NEXT[self.status]

    def moved(self, status: AttemptStatus, at: datetime, *, code: str | None = None) -> "PaymentAttempt":
        """The attempt in that state, and why it is in it. Raises: LedgerInvariantError: it cannot follow."""
        if not self.can_become(status):
            raise LedgerInvariantError(f"attempt {self.id} was {self.status}, and was to be {status}")
        ended_at = at if status.is_over else None
        return replace(self, status=status, ended_at=ended_at, code=code)
