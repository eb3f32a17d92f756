"""Movements, which rules look at: what a transaction moved on one account, and the other side of it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, Self

from bankcore.identifiers import AccountId, TenantId, TransactionId
from bankcore.ledger.accounts import position_account_id
from bankcore.money import MINOR_MAX, Currency, format_minor

SECONDS_MAX: Final = 2**32 - 1
"""The latest time that is remembered, in seconds since 1970; a later one counts as this one."""


class Direction(StrEnum):
    """Whether money came to the account or left it."""

    IN = "in"
    OUT = "out"


class Movement(NamedTuple):
    """What one transaction moved on the account: more than zero minor units, in one direction.

    `counterparty` is the other customer's account; None when money entered or left the bank, or went to or from our
    own side of the books. `at_s` is when, in whole seconds since 1970.
    """

    amount_minor: int
    currency: Currency
    direction: Direction
    counterparty: AccountId | None
    at_s: int

    def money(self, amount_minor: int) -> str:
        """The amount as text in this currency; a sum of many movements may be too large for `Money`."""
        return f"{format_minor(amount_minor, self.currency.exponent)} {self.currency.code}"


class Line(NamedTuple):
    """One entry of a transaction: signed minor units."""

    account_id: AccountId
    sequence: int
    currency: Currency
    amount_minor: int


class Share(NamedTuple):
    """What a transaction moved on one account in total, with its first and last entry there."""

    currency: Currency
    amount_minor: int
    first_sequence: int
    last_sequence: int


class PostedMovement(NamedTuple):
    """A posted transaction on one of its accounts, and the request that asked for it.

    `other_side` gained most of what the account lost, or lost most of what it gained.
    """

    account_id: AccountId
    transaction_id: TransactionId
    share: Share
    other_side: AccountId
    at_s: int
    request_id: str | None

    def movement(self, counterparty: AccountId | None) -> Movement | None:
        """The movement; None if the total is zero."""
        return movement_of(self.share, counterparty, self.at_s)


class Shares(NamedTuple):
    """A posted transaction on all of its accounts: `giver` lost most by it, and `taker` gained most."""

    transaction_id: TransactionId
    at_s: int
    of: Mapping[AccountId, Share]
    giver: AccountId
    taker: AccountId

    @classmethod
    def among(cls, transaction_id: TransactionId, at: datetime, lines: Iterable[Line]) -> Self:
        """The shares of these entries of a transaction, at least one."""
        shares: dict[AccountId, Share] = {}
        for account_id, sequence, currency, amount_minor in lines:
            known = shares.get(account_id)
            shares[account_id] = (
                Share(currency, amount_minor, sequence, sequence)
                if known is None
                else Share(
                    currency,
                    known.amount_minor + amount_minor,
                    min(known.first_sequence, sequence),
                    max(known.last_sequence, sequence),
                )
            )
        ordered = sorted((share.amount_minor, account_id) for account_id, share in shares.items())
        return cls(transaction_id, seconds_of(at), shares, giver=ordered[0][1], taker=ordered[-1][1])

    def met_by(self, account_id: AccountId, request_id: str | None = None) -> PostedMovement:
        """The transaction on that account."""
        share = self.of[account_id]
        other_side = self.taker if share.amount_minor < 0 else self.giver
        return PostedMovement(account_id, self.transaction_id, share, other_side, self.at_s, request_id)


def between_customers(tenant_id: TenantId, lines: Iterable[Line]) -> Iterator[Line]:
    """The lines without those of our positions between two currencies, where amounts are not to be compared."""
    return (line for line in lines if line.account_id != position_account_id(tenant_id, line.currency))


def movement_of(share: Share, counterparty: AccountId | None, at_s: int) -> Movement | None:
    """The movement that the share is; None if it moved nothing in total.

    An amount beyond what a balance can be, as of many entries of one transaction, counts as the largest there is.
    """
    amount_minor = share.amount_minor
    if amount_minor == 0:
        return None
    direction = Direction.IN if amount_minor > 0 else Direction.OUT
    return Movement(min(abs(amount_minor), MINOR_MAX), share.currency, direction, counterparty, at_s)


def seconds_of(at: datetime) -> int:
    """The time in whole seconds since 1970, as far as it can be remembered."""
    return min(max(int(at.timestamp()), 0), SECONDS_MAX)
