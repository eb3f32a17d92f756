"""A user's history: a page of transactions, as the reader may see them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from bankcore.identifiers import AccountId
from bankcore.ledger.queries import HistoryFilter, HistoryPosition, LedgerQueries, TransactionView
from bankcore_http.answering.envelope import Answer
from bankcore_http.auth import Caller
from bankcore_http.ledger.books import owner_of
from bankcore_http.ledger.shapes.transactions import HistoryQuery, present_transaction
from bankcore_http.reading.pagination import CursorFormat

_CURSOR: Final = CursorFormat("transactions", datetime, UUID, into=HistoryPosition)


def read_history(queries: LedgerQueries, caller: Caller, query: HistoryQuery) -> Answer:
    """One page of the user's transactions, latest first; staff may ask for those of any account.

    Raises:
        InvalidRequestError: the cursor is of another list, or the page can only be reached by a cursor.
        NotFoundError: the user may not read the account of the filter.
    """

    def find(before: HistoryPosition | None, limit: int) -> Sequence[TransactionView]:
        offset, wanted = query.offset() or 0, _filter(queries, caller, query)
        return queries.history(wanted, before=before, offset=offset, limit=limit)

    found, page = _CURSOR.page_of(query, find, _position_of)
    shown = [present_transaction(_as_seen_by(caller, view)) for view in found]
    return Answer(shown, page=replace(page, page=query.page))


def _filter(queries: LedgerQueries, caller: Caller, query: HistoryQuery) -> HistoryFilter:
    account_id = None if query.account_id is None else AccountId(query.account_id)
    owner_id = owner_of(caller)
    if account_id is not None:
        owner_id = queries.get_account(account_id, owner_id=caller.only_owner).owner_id
    return HistoryFilter(
        owner_id=owner_id,
        account_id=account_id,
        kind=query.kind,
        from_instant=query.from_instant,
        to_instant=query.to_instant,
        amount_min=query.amount_min,
        amount_max=query.amount_max,
        reference=query.reference,
    )


def _position_of(view: TransactionView) -> tuple[datetime, UUID]:
    return view.transaction.posted_at, view.transaction.id


def _as_seen_by(caller: Caller, view: TransactionView) -> TransactionView:
    """List the account's history as its owner's, with the balances of both sides for staff."""
    return replace(view, own_account_ids=None) if caller.only_owner is None else view
