"""What a settlement file says, and what our books have beside it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from bankcore.money import Money


class LineKind(StrEnum):
    """What a line of a settlement file is about."""

    PAYMENT = "payment"
    REFUND = "refund"
    OTHER = "other"
    """A dispute, a charge for something else, a payout: whatever is no payment and no refund."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementLine:
    """A line of a provider's file: `net` is what it owes us for it, and that is `gross` less `fee`."""

    line: int
    """The line of the file that it ends on."""
    kind: LineKind
    word: str
    """What the provider calls its kind."""
    reference: str | None
    """Our reference: the id of the attempt."""
    provider_id: str | None
    gross: Money
    fee: Money

    @property
    def net(self) -> Money:
        """What the provider owes us for it."""
        return self.gross - self.fee


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedPayment:
    """An attempt at that provider as our books have it."""

    payment_id: UUID
    attempt_id: UUID
    provider_id: str | None
    amount: Money
    fee: Money | None
    """None if the provider did not say it when it was paid."""
    is_booked: bool
    """Whether the money is in the books through this attempt."""


class Difference(NamedTuple):
    """A payment that both sides have, and what is not the same."""

    line: SettlementLine
    booked: BookedPayment
    reason: str


class Period(NamedTuple):
    """From an instant until just before another one."""

    from_instant: datetime
    to_instant: datetime
