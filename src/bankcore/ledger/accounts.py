"""Accounts: whose money, in which currency, how much, and how far below zero it may go."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Final, Self
from uuid import uuid5

from bankcore.identifiers import AccountId, TenantId
from bankcore.money import Currency, Money

GENESIS_HASH: Final = bytes(32)
"""The head of a chain without entries."""

SYSTEM_OWNER: Final = "bank"
"""The owner of settlement and position accounts."""


class AccountKind(StrEnum):
    """What an account stands for; all but `customer` are ours."""

    CUSTOMER = "customer"
    SETTLEMENT = "settlement"
    FEE = "fee"
    FX_POSITION = "fx_position"
    ESCROW = "escrow"
    SUSPENSE = "suspense"


class AccountStatus(StrEnum):
    """Whether an account takes part in postings, and in which direction."""

    ACTIVE = "active"
    FROZEN = "frozen"
    """Neither debited nor credited."""
    DEBITS_FROZEN = "debits_frozen"
    CREDITS_FROZEN = "credits_frozen"
    DORMANT = "dormant"
    """Credited, but not debited until somebody wakes it."""
    CLOSED = "closed"
    """Neither, for ever; nothing is on it."""


class FreezeDirection(StrEnum):
    """What a freeze keeps from an account."""

    DEBITS = "debits"
    CREDITS = "credits"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as it stood at one moment; amounts are minor units of `currency`.

    `floor_minor` is the lowest balance after holds that a debit may leave: 0, a negative overdraft limit, or None for
    no floor. `version` counts the entries so far; `head_hash` closes their chain.
    """

    tenant_id: TenantId
    id: AccountId
    number: str
    owner_id: str
    name: str | None
    currency: Currency
    kind: AccountKind
    status: AccountStatus
    balance_minor: int
    held_minor: int
    floor_minor: int | None
    version: int
    head_hash: bytes
    created_at: datetime

    @property
    def balance(self) -> Money:
        """All money recorded on the account."""
        return Money(self.balance_minor, self.currency)

    @property
    def held(self) -> Money:
        """The part of the balance that holds have set aside."""
        return Money(self.held_minor, self.currency)

    @property
    def available(self) -> Money:
        """Balance less held."""
        return Money(self.balance_minor - self.held_minor, self.currency)

    @property
    def floor(self) -> Money | None:
        """The lowest balance after holds; None for no floor."""
        return None if self.floor_minor is None else Money(self.floor_minor, self.currency)


@dataclass(slots=True)
class LockedAccount:
    """An account under its row lock: the state that one unit of work decides on and moves forward.

    It is mutable, and never seen outside that unit of work: a batch touches the same account many times, and a new
    object for each touch costs more than the whole decision.
    """

    id: AccountId
    owner_id: str
    currency: Currency
    kind: AccountKind
    status: AccountStatus
    floor_minor: int | None
    balance_minor: int
    held_minor: int
    version: int
    head_hash: bytes
    last_posted_at: datetime | None
    held_at: datetime | None = None
    """When what is held changed last; later records of the account are dated after it."""
    held_until: datetime | None = None
    """None of its open holds expires before that; None if it has none."""
    is_limited: bool = False
    """Whether it has limits of its own, or its tenant has some."""

    @classmethod
    def of_new(cls, account: Account) -> Self:
        """A new account in its own unit of work; no other one can see it, so it needs no lock."""
        return cls(
            id=account.id,
            owner_id=account.owner_id,
            currency=account.currency,
            kind=account.kind,
            status=account.status,
            floor_minor=account.floor_minor,
            balance_minor=0,
            held_minor=0,
            version=0,
            head_hash=GENESIS_HASH,
            last_posted_at=None,
        )

    @property
    def available_minor(self) -> int:
        """Balance less held, in minor units."""
        return self.balance_minor - self.held_minor

    def become(self, other: Self) -> None:
        """Take the state that it had when `other` was copied from it."""
        for name in self.__slots__:
            setattr(self, name, getattr(other, name))

    def set_aside(self, amount_minor: int, *, at: datetime, until: datetime | None) -> None:
        """Hold so much more, or less if it is negative, from then on; an open hold expires at `until`."""
        self.held_minor += amount_minor
        self.held_at = at
        if not self.held_minor:
            self.held_until = None
        elif until is not None:
            self.held_until = until if self.held_until is None else min(until, self.held_until)


@cache
def settlement_account_id(tenant_id: TenantId, currency: Currency) -> AccountId:
    """The tenant's settlement account of that currency: a name-based UUID (RFC 9562, version 5) needs no look-up."""
    return AccountId(uuid5(tenant_id, f"settlement/{currency.code}"))


@cache
def position_account_id(tenant_id: TenantId, currency: Currency) -> AccountId:
    """The tenant's `fx_position` account of that currency, which takes part in exchanges; name-based too."""
    return AccountId(uuid5(tenant_id, f"fx_position/{currency.code}"))


def new_account(  # noqa: PLR0913 - an account has this many facts
    tenant_id: TenantId,
    account_id: AccountId,
    *,
    number: str,
    owner_id: str,
    name: str | None,
    currency: Currency,
    kind: AccountKind,
    floor_minor: int | None,
    opened_at: datetime,
) -> Account:
    """The account as it is opened: active, with nothing on it and no entries."""
    return Account(
        tenant_id=tenant_id,
        id=account_id,
        number=number,
        owner_id=owner_id,
        name=name,
        currency=currency,
        kind=kind,
        status=AccountStatus.ACTIVE,
        balance_minor=0,
        held_minor=0,
        floor_minor=floor_minor,
        version=0,
        head_hash=GENESIS_HASH,
        created_at=opened_at,
    )


def settlement_account(tenant_id: TenantId, currency: Currency, *, opened_at: datetime) -> Account:
    """The tenant's settlement account of that currency as it is opened: empty and without a floor."""
    return new_account(
        tenant_id,
        settlement_account_id(tenant_id, currency),
        number=f"SETTLEMENT-{currency.code}",
        owner_id=SYSTEM_OWNER,
        name=f"Settlement {currency.code}",
        currency=currency,
        kind=AccountKind.SETTLEMENT,
        floor_minor=None,
        opened_at=opened_at,
    )
