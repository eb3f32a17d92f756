"""Effects: what changes did to accounts, in the one form for all that follows the ledger."""

from typing import NamedTuple, Self

from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account, AccountStatus, LockedAccount
from bankcore.ledger.transactions import Entry
from bankcore.money import Currency


class Effect(NamedTuple):
    """How an account stands after a change, and what the change was; amounts are minor units of `currency`.

    `sequence`, `head` and `balance_minor` are those after its last entry. `amount_minor` is what that entry moved, if
    the change was an entry; `set_aside_minor` is by how much `held_minor` grew; `was` is the status before, if it is
    another now.
    """

    account_id: AccountId
    currency: Currency
    sequence: int
    head: bytes
    balance_minor: int
    held_minor: int = 0
    status: AccountStatus = AccountStatus.ACTIVE
    amount_minor: int | None = None
    set_aside_minor: int = 0
    was: AccountStatus | None = None

    @classmethod
    def of_entry(cls, entry: Entry, held_minor: int, status: AccountStatus = AccountStatus.ACTIVE) -> Self:
        """The effect of an entry on its account, which has that status, and on which so much is held."""
        return cls(
            entry.account_id,
            entry.currency,
            entry.sequence,
            entry.hash,
            entry.balance_after_minor,
            held_minor,
            status,
            entry.amount_minor,
        )

    @classmethod
    def of_account(
        cls, account: Account | LockedAccount, *, was: AccountStatus | None = None, set_aside_minor: int = 0
    ) -> Self:
        """How the account stands; `was` is its status before, if it is another now."""
        return cls(
            account.id,
            account.currency,
            account.version,
            account.head_hash,
            account.balance_minor,
            account.held_minor,
            account.status,
            set_aside_minor=set_aside_minor,
            was=was,
        )
