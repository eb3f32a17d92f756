"""What a caller may ask about holds; each command goes through the ledger as all others do."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from bankcore.arguments import require_a, require_id
from bankcore.clock import require_instant
from bankcore.errors import InvalidRequestError
from bankcore.identifiers import AccountId, HoldId, TenantId
from bankcore.ledger.book import Named
from bankcore.ledger.changes import Capture, Expiry, Extend, Release, SetAside
from bankcore.ledger.command import CarryingCommand, Command, elements
from bankcore.ledger.holds import LIFETIME, LIFETIME_MAX
from bankcore.ledger.texts import REFERENCE_LENGTH_MAX
from bankcore.ledger.transactions import require_amount
from bankcore.money import Money
from bankcore.texts import require_text


@dataclass(frozen=True, slots=True)
class PlaceHold(Command):
    """Set part of an account's balance aside until it is captured, voided, or its time is over.

    It lasts for `lifetime`, by default seven days, or until `expires_at`.
    """

    kind: ClassVar[str] = "place_hold"
    account_id: AccountId
    amount: Money
    _: KW_ONLY
    lifetime: timedelta | None = None
    expires_at: datetime | None = None
    reference: str | None = None

    def __post_init__(self) -> None:
        """Refuse an amount that is not positive, two times, and unusable text."""
        Command.__post_init__(self)
        require_id(self.account_id, "/accountId")
        require_amount(self.amount)
        object.__setattr__(self, "expires_at", _checked_time(self.lifetime, self.expires_at))
        if self.reference is not None:
            require_text(self.reference, "/reference", length_max=REFERENCE_LENGTH_MAX)

    def content(self) -> str:
        """Account, amount, time and reference."""
        amount = self.amount
        asked = (str(self.account_id), amount.minor, amount.currency.code, *_time(self.lifetime, self.expires_at))
        return elements(*asked, self.reference)

    def plan(self, tenant_id: TenantId) -> SetAside:  # noqa: ARG002 - only some commands name our side
        """The new hold."""
        expiry: Expiry = self.expires_at or (LIFETIME if self.lifetime is None else self.lifetime)
        return SetAside(self.account_id, self.amount, expiry, self.reference)

    def account_ids(self, tenant_id: TenantId) -> Sequence[AccountId]:  # noqa: ARG002 - only some commands name our side
        """The account."""
        return (self.account_id,)


@dataclass(frozen=True, slots=True)
class CaptureHold(CarryingCommand):
    """Move what a hold keeps, or that part of it, to another account.

    A final capture, as it is by default, gives back what it leaves; after one that is not, more may be captured.
    """

    kind: ClassVar[str] = "capture_hold"
    hold_id: HoldId
    to_account_id: AccountId
    amount: Money | None = None
    _: KW_ONLY
    is_final: bool = True

    def __post_init__(self) -> None:
        """Refuse an amount that is not positive, and what is not true or false."""
        CarryingCommand.__post_init__(self)
        require_id(self.hold_id, "/holdId")
        require_id(self.to_account_id, "/toAccountId")
        require_a(bool, self.is_final, "/final", "whether the capture is final is True or False")
        if self.amount is not None:
            require_amount(self.amount)

    @property
    def named(self) -> Named:
        """The hold."""
        return Named(holds=(self.hold_id,))

    def movement(self) -> str:
        """Hold, destination, amount, and whether it is the last one."""
        amount = (None, None) if self.amount is None else (self.amount.minor, self.amount.currency.code)
        return elements(str(self.hold_id), str(self.to_account_id), *amount, self.is_final)

    def plan(self, tenant_id: TenantId) -> Capture:  # noqa: ARG002 - only some commands name our side
        """The capture."""
        return Capture(self.hold_id, self.to_account_id, self.amount, self.is_final, self)

    def account_ids(self, tenant_id: TenantId) -> Sequence[AccountId]:  # noqa: ARG002 - only some commands name our side
        """The destination; the account of the hold is found by the hold."""
        return (self.to_account_id,)


@dataclass(frozen=True, slots=True)
class VoidHold(Command):
    """Give back what a hold still keeps; `reason` is in the caller's own words."""

    kind: ClassVar[str] = "void_hold"
    hold_id: HoldId
    _: KW_ONLY
    reason: str | None = None

    def __post_init__(self) -> None:
        """Refuse unusable text."""
        Command.__post_init__(self)
        require_id(self.hold_id, "/holdId")
        if self.reason is not None:
            require_text(self.reason, "/reason", length_max=REFERENCE_LENGTH_MAX)

    @property
    def named(self) -> Named:
        """The hold."""
        return Named(holds=(self.hold_id,))

    def content(self) -> str:
        """Hold and reason."""
        return elements(str(self.hold_id), self.reason)

    def plan(self, tenant_id: TenantId) -> Release:  # noqa: ARG002 - only some commands name our side
        """The end of the hold."""
        return Release(self.hold_id, self.reason)

    def account_ids(self, tenant_id: TenantId) -> Sequence[AccountId]:  # noqa: ARG002 - only some commands name our side
        """None; the account of the hold is found by the hold."""
        return ()


@dataclass(frozen=True, slots=True)
class ExtendHold(Command):
    """Give an open hold more time: until `expires_at`, or `lifetime` from now."""

    kind: ClassVar[str] = "extend_hold"
    hold_id: HoldId
    _: KW_ONLY
    lifetime: timedelta | None = None
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse two times, and none."""
        Command.__post_init__(self)
        require_id(self.hold_id, "/holdId")
        object.__setattr__(self, "expires_at", _checked_time(self.lifetime, self.expires_at))
        if self.lifetime is None and self.expires_at is None:
            raise InvalidRequestError(pointer="/expiresIn", detail="an extension says for how long, or until when")

    @property
    def named(self) -> Named:
        """The hold."""
        return Named(holds=(self.hold_id,))

    def content(self) -> str:
        """Hold and time."""
        return elements(str(self.hold_id), *_time(self.lifetime, self.expires_at))

    def plan(self, tenant_id: TenantId) -> Extend:  # noqa: ARG002 - only some commands name our side
        """More time for the hold."""
        expiry = self.lifetime if self.expires_at is None else self.expires_at
        return Extend(self.hold_id, LIFETIME if expiry is None else expiry)

    def account_ids(self, tenant_id: TenantId) -> Sequence[AccountId]:  # noqa: ARG002 - only some commands name our side
        """None; the account of the hold is found by the hold."""
        return ()


def _checked_time(lifetime: timedelta | None, expires_at: datetime | None) -> datetime | None:
    """The instant in UTC, if there is one. Raises: InvalidRequestError."""
    if lifetime is not None:
        require_a(timedelta, lifetime, "/expiresIn", "a lifetime is written timedelta(days=7)")
        if expires_at is not None:
            raise InvalidRequestError(pointer="/expiresAt", detail="either how long it lasts or until when")
        if not timedelta(0) < lifetime <= LIFETIME_MAX:
            raise InvalidRequestError(pointer="/expiresIn", detail=f"at most {LIFETIME_MAX.days} days, and not nothing")
    return None if expires_at is None else require_instant(expires_at, "/expiresAt")


def _time(lifetime: timedelta | None, expires_at: datetime | None) -> tuple[int | None, str | None]:
    """The time as JSON has it: microseconds, or an instant."""
    return (
        None if lifetime is None else lifetime // timedelta(microseconds=1),
        None if expires_at is None else expires_at.isoformat(),
    )
