"""Keeps room on shared accounts, so that one user never stops the others (docs/adr/0033)."""

from collections.abc import Mapping, Sequence
from typing import Final

from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountKind, AccountStatus, LockedAccount
from bankcore.ledger.transactions import Posting
from bankcore.money import MINOR_MAX, Money

RECEIVED_MAX: Final = MINOR_MAX // 2
"""How far transfers of others may fill a customer's account, in minor units; the rest is for its owner."""


CARRY_FORWARD: Final = "carry_forward"
"""Kind of the transactions that empty a full account of ours."""


def is_in_range(balance_minor: int) -> bool:
    """Whether an account can hold so many minor units."""
    return -MINOR_MAX <= balance_minor <= MINOR_MAX


def can_be_carried(account: LockedAccount) -> bool:
    """Whether the balance may be carried forward to a fresh account: the account is ours, without floor and holds,
    and takes part in both directions.
    """
    if account.kind is AccountKind.CUSTOMER or account.held_minor or account.status is not AccountStatus.ACTIVE:
        return False
    return account.floor_minor is None or account.balance_minor > 0


def full_accounts(postings: Sequence[Posting], book: Mapping[AccountId, LockedAccount]) -> list[LockedAccount]:
    """Our own accounts that these postings would take out of range, each once, in the order of the postings.

    What one transaction moves is itself in range, so an account that starts from zero always has room for it.
    """
    full: dict[AccountId, LockedAccount] = {}
    balances: dict[AccountId, int] = {}
    for account_id, amount in postings:
        account = book[account_id]
        if account.kind is AccountKind.CUSTOMER:
            continue
        balance = balances[account_id] = balances.get(account_id, account.balance_minor) + amount.minor
        if not is_in_range(balance):
            full[account_id] = account
    return list(full.values())


def has_room(lines: Sequence[tuple[LockedAccount, int]], amount: Money | None) -> bool:
    """Whether every account could take all of the amount: then none is full, and none is checked closer."""
    if amount is None:
        return False
    return max([abs(account.balance_minor) for account, _amount_minor in lines]) + amount.minor <= MINOR_MAX
