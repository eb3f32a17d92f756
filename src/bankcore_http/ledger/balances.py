"""Balances now and at any past instant."""

from datetime import datetime, timedelta
from typing import Final

from bankcore.errors import InvalidRequestError
from bankcore.identifiers import AccountId
from bankcore.ledger.queries import Balance, LedgerQueries

CLOCK_LEEWAY: Final = timedelta(minutes=1)
"""How far a client's clock may be ahead of that of the database."""


def read_balance(
    queries: LedgerQueries, account_id: AccountId, at: datetime | None, *, owner_id: str | None
) -> Balance:
    """The balance at that instant, by default now. Its `at` is the instant by the database's clock.

    Raises:
        InvalidRequestError: the instant lies in the future, so that an answer for it could turn out wrong.
        NotFoundError: no such account, or not of that owner.
    """
    current = queries.balance_at(account_id, owner_id=owner_id)
    if at is None or current.at <= at <= current.at + CLOCK_LEEWAY:
        return current
    if at > current.at:
        raise InvalidRequestError(pointer="/query/at", detail="a past instant")
    return queries.balance_at(account_id, at, owner_id=owner_id)
