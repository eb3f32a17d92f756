"""Pages of accounts and of entries."""

from typing import Final
from uuid import UUID

from bankcore.identifiers import AccountId
from bankcore.ledger.queries import LedgerQueries
from bankcore_http.account_shape import present_account
from bankcore_http.answering.envelope import Answer
from bankcore_http.ledger.shapes.accounts import present_account_entry
from bankcore_http.reading.pagination import CursorFormat, ListQuery

_ACCOUNTS: Final = CursorFormat("accounts", UUID, into=AccountId)
_ENTRIES: Final = CursorFormat("entries", int, into=int)


def list_accounts(queries: LedgerQueries, query: ListQuery, *, owner_id: str) -> Answer:
    """One page of the owner's accounts; InvalidRequestError for a cursor of another list."""
    found, page = _ACCOUNTS.page_of(
        query,
        lambda after, limit: queries.list_accounts(owner_id=owner_id, after=after, limit=limit),
        lambda account: (account.id,),
    )
    return Answer([present_account(account) for account in found], page=page)


def list_entries(queries: LedgerQueries, account_id: AccountId, query: ListQuery, *, owner_id: str | None) -> Answer:
    """One page of the account's entries, latest first.

    Raises:
        InvalidRequestError: a cursor of another list, or of another account.
        NotFoundError: no such account, or not of that owner.
    """
    found, page = _ENTRIES.page_of(
        query,
        lambda before, limit: queries.list_entries(account_id, before_sequence=before, limit=limit, owner_id=owner_id),
        lambda entry: (entry.sequence,),
        account_id=account_id,
    )
    return Answer([present_account_entry(entry) for entry in found], page=page)
