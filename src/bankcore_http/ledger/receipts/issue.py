"""Receipts: one transaction as a document for its parties, to be shown as JSON or as a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import Account, settlement_account_id
from bankcore.ledger.queries import LedgerQueries, TransactionView
from bankcore.ledger.transactions import Entry
from bankcore_http.answering.request_context import current_request

ACCOUNTS_NAMED_MAX: Final = 10
"""With more accounts than this, a receipt shows ids alone, because each name costs a read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A transaction as one viewer may see it, with the accounts that may be named, and when it was issued."""

    view: TransactionView
    accounts: Mapping[AccountId, Account]
    issued_at: datetime

    def is_settlement(self, entry: Entry) -> bool:
        """Whether the entry is on our own side of money that enters or leaves."""
        tenant_id = self.view.transaction.tenant_id
        return entry.account_id == settlement_account_id(tenant_id, entry.currency)


def issue_receipt(queries: LedgerQueries, transaction_id: TransactionId, *, owner_id: str | None) -> Receipt:
    """The receipt of a transaction for the owner, or for staff if there is none.

    Raises:
        NotFoundError: there is no such transaction, or the owner is no party to it.
    """
    view = queries.get_transaction(transaction_id, owner_id=owner_id)
    visible = dict.fromkeys(entry.account_id for entry in view.transaction.entries if view.may_see_balances(entry))
    named = visible if len(visible) <= ACCOUNTS_NAMED_MAX else {}
    accounts = {account_id: queries.get_account(account_id, owner_id=owner_id) for account_id in named}
    return Receipt(view=view, accounts=accounts, issued_at=datetime.fromisoformat(current_request().timestamp()))
