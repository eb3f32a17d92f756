"""A user's history: which transactions, from where on, and as whom they are seen."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from bankcore.identifiers import TransactionId
from bankcore.ledger.queries import HistoryFilter, HistoryPosition, LedgerQueries, TransactionView
from bankcore_http.answering.envelope import Answer
from bankcore_http.auth import Caller
from bankcore_http.ledger.books import owner_of, readable_owner
from bankcore_http.ledger.presenters import present_transaction
from bankcore_http.reading.pagination import CursorFormat, page_offset

_CURSOR: Final = CursorFormat("transactions", datetime, UUID)
_FILTERS: Final = ("account_id", "kind", "from_instant", "to_instant", "amount_min", "amount_max", "reference")


def read_history(queries: LedgerQueries, caller: Caller, query: Mapping[str, Any]) -> Answer:
    """One page of the user's transactions, latest first; staff may ask for those of anybody's account.

    Raises:
        InvalidRequestError: a cursor of another list, or a page that only a cursor can reach.
        NotFoundError: the account to filter by is none that the user may read.
    """
    before, offset, limit = _position(query), page_offset(query), query["limit"]
    wanted = HistoryFilter(owner_id=_owner_id(queries, caller, query), **{name: query[name] for name in _FILTERS})
    # One more than asked for tells whether another page follows.
    found = queries.history(wanted, before=before, offset=offset or 0, limit=limit + 1)
    shown = [_as_seen_by(caller, view) for view in found[:limit]]
    page = _CURSOR.page(query, _next_position(found, limit))
    return Answer([present_transaction(view) for view in shown], page=replace(page, page=query["page"]))


def _owner_id(queries: LedgerQueries, caller: Caller, query: Mapping[str, Any]) -> str:
    if query["account_id"] is None:
        return owner_of(caller)
    return queries.get_account(query["account_id"], owner_id=readable_owner(caller)).owner_id


def _position(query: Mapping[str, Any]) -> HistoryPosition | None:
    values = _CURSOR.read(query)
    if values is None:
        return None
    posted_at, transaction_id = values
    return HistoryPosition(cast("datetime", posted_at), TransactionId(cast("UUID", transaction_id)))


def _next_position(found: Sequence[TransactionView], limit: int) -> tuple[datetime, UUID] | None:
    if len(found) <= limit:
        return None
    last = found[limit - 1].transaction
    return last.posted_at, last.id


def _as_seen_by(caller: Caller, view: TransactionView) -> TransactionView:
    """The history of an account is listed as its owner's, but staff see the balances of both sides."""
    return replace(view, own_account_ids=None) if caller.principal.is_staff else view
