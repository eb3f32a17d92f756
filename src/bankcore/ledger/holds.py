"""Holds: funds set aside on an account, to be captured in parts, given back, or let go when their time is over."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from bankcore.identifiers import AccountId, HoldId
from bankcore.money import Currency, Money

LIFETIME: Final = timedelta(days=7)
"""How long a hold lasts if nobody says."""
LIFETIME_MAX: Final = timedelta(days=366)
"""How far ahead a hold may expire: nobody's money is kept from him for ever by what somebody forgot."""

LET_GO_MAX: Final = 1_000
"""How many holds whose time is over one unit of work lets go on an account. Those of who has more are let go by the
next ones, so that nobody who pays him waits for thousands.
"""


class HoldStatus(StrEnum):
    """Whether a hold still keeps funds, or how it ended."""

    OPEN = "open"
    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold as it stood at one moment; amounts are minor units of `currency`.

    `version` counts its phases, from 1 when it was placed. `by_holder` says that the holder of the account placed it
    himself, so that he may also end it.
    """

    id: HoldId
    account_id: AccountId
    currency: Currency
    amount_minor: int
    captured_minor: int
    status: HoldStatus
    version: int
    by_holder: bool
    placed_at: datetime
    expires_at: datetime
    reference: str | None

    @property
    def amount(self) -> Money:
        """What was set aside when it was placed."""
        return Money(self.amount_minor, self.currency)

    @property
    def captured(self) -> Money:
        """What was taken of it so far."""
        return Money(self.captured_minor, self.currency)

    @property
    def remaining(self) -> Money:
        """What it still keeps."""
        return Money(self.remaining_minor, self.currency)

    @property
    def remaining_minor(self) -> int:
        """What it still keeps, in minor units; nothing once it has ended."""
        return self.amount_minor - self.captured_minor if self.status is HoldStatus.OPEN else 0

    def is_over(self, at: datetime) -> bool:
        """Whether its time has run out by then, and nothing else had ended it."""
        return self.status is HoldStatus.OPEN and self.expires_at <= at

    def capture(self, amount_minor: int, *, is_final: bool) -> Self:
        """The hold after so much of it was taken; it ends with its last unit, and after a final capture."""
        captured_minor = self.captured_minor + amount_minor
        has_ended = is_final or captured_minor == self.amount_minor
        status = HoldStatus.CAPTURED if has_ended else HoldStatus.OPEN
        return self._next(captured_minor=captured_minor, status=status)

    def void(self) -> Self:
        """The hold after what it kept was given back."""
        return self._next(status=HoldStatus.VOIDED)

    def expire(self) -> Self:
        """The hold after its time has run out."""
        return self._next(status=HoldStatus.EXPIRED)

    def expire_if_over(self, at: datetime) -> Self:
        """The hold as it counts at that instant, whether or not a record says yet that its time is over."""
        return self.expire() if self.is_over(at) else self

    def extend(self, expires_at: datetime) -> Self:
        """The hold with more time."""
        return self._next(expires_at=expires_at)

    def _next(
        self,
        *,
        captured_minor: int | None = None,
        status: HoldStatus = HoldStatus.OPEN,
        expires_at: datetime | None = None,
    ) -> Self:
        return replace(
            self,
            captured_minor=self.captured_minor if captured_minor is None else captured_minor,
            status=status,
            expires_at=expires_at or self.expires_at,
            version=self.version + 1,
        )
