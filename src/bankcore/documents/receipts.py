"""Receipts: one transaction as a document for its parties."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from bankcore.documents.wording import kind_for_people
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import Account, position_account_id, settlement_account_id
from bankcore.ledger.queries import LedgerQueries, TransactionView
from bankcore.ledger.transactions import Entry

ACCOUNTS_NAMED_MAX: Final = 10
"""With more accounts than this, a receipt shows ids alone, because each name costs a read."""


class NamedAccount(NamedTuple):
    """How a receipt names an account: in words, and by number, or by id where the viewer may not know the number."""

    label: str
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A transaction as one viewer may see it, with the accounts that may be named, and when it was issued."""

    view: TransactionView
    accounts: Mapping[AccountId, Account]
    issued_at: datetime

    @property
    def title(self) -> str:
        """What it is a receipt of."""
        return f"{kind_for_people(self.view.transaction.kind)} receipt"

    def named(self, entry: Entry) -> NamedAccount:
        """The account of the entry, as the viewer may know it."""
        if self.is_settlement(entry):
            return NamedAccount("The bank", f"settlement {entry.currency.code}")
        if self.is_position(entry):
            return NamedAccount("The bank", f"FX {entry.currency.code}")
        account = self.accounts.get(entry.account_id)
        if account is not None:
            return NamedAccount(account.name or "Account", account.number)
        is_own = self.view.may_see_balances(entry)
        return NamedAccount("Account" if is_own else "Other account", str(entry.account_id))

    def is_settlement(self, entry: Entry) -> bool:
        """Whether the entry is on our own side of money that enters or leaves."""
        tenant_id = self.view.transaction.tenant_id
        return entry.account_id == settlement_account_id(tenant_id, entry.currency)

    def is_position(self, entry: Entry) -> bool:
        """Whether the entry is on our own side of a transfer between currencies."""
        return entry.account_id == position_account_id(self.view.transaction.tenant_id, entry.currency)


def issue_receipt(
    queries: LedgerQueries, transaction_id: TransactionId, *, owner_id: str | None, issued_at: datetime
) -> Receipt:
    """The receipt of a transaction for the owner, or for staff if there is none.

    Raises:
        NotFoundError: there is no such transaction, or the owner is no party to it.
    """
    view = queries.get_transaction(transaction_id, owner_id=owner_id)
    visible = dict.fromkeys(entry.account_id for entry in view.transaction.entries if view.may_see_balances(entry))
    named = visible if len(visible) <= ACCOUNTS_NAMED_MAX else {}
    accounts = {account_id: queries.get_account(account_id, owner_id=owner_id) for account_id in named}
    return Receipt(view=view, accounts=accounts, issued_at=issued_at)
