"""Pages of accounts and of entries."""

from collections.abc import Mapping
from typing import Any, Final, cast
from uuid import UUID

from bankcore.identifiers import AccountId
from bankcore.ledger.queries import LedgerQueries
from bankcore_http.answering.envelope import Answer
from bankcore_http.ledger.presenters import present_account, present_account_entry
from bankcore_http.reading.pagination import CursorFormat

_ACCOUNTS: Final = CursorFormat("accounts", UUID)
_ENTRIES: Final = CursorFormat("entries", int)


def list_accounts(queries: LedgerQueries, query: Mapping[str, Any], *, owner_id: str) -> Answer:
    """One page of the owner's accounts; InvalidRequestError for a cursor of another list."""
    limit, position = query["limit"], _ACCOUNTS.read(query)
    after = None if position is None else AccountId(cast("UUID", position[0]))
    # One more than asked for tells whether another page follows.
    found = queries.list_accounts(owner_id=owner_id, after=after, limit=limit + 1)
    shown = found[:limit]
    next_position = (shown[-1].id,) if len(found) > limit else None
    return Answer([present_account(account) for account in shown], page=_ACCOUNTS.page(query, next_position))


def list_entries(
    queries: LedgerQueries, account_id: AccountId, query: Mapping[str, Any], *, owner_id: str | None
) -> Answer:
    """One page of the account's entries, latest first.

    Raises:
        InvalidRequestError: a cursor of another list, or of another account.
        NotFoundError: no such account, or not of that owner.
    """
    of_account = {**query, "account_id": account_id}
    limit, position = query["limit"], _ENTRIES.read(of_account)
    before = None if position is None else cast("int", position[0])
    found = queries.list_entries(account_id, before_sequence=before, limit=limit + 1, owner_id=owner_id)
    shown = found[:limit]
    next_position = (shown[-1].sequence,) if len(found) > limit else None
    return Answer([present_account_entry(entry) for entry in shown], page=_ENTRIES.page(of_account, next_position))
