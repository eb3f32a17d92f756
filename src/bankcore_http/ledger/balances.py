"""Balances now and at any past instant."""

from datetime import datetime, timedelta
from typing import Final

from bankcore.errors import InvalidRequestError
from bankcore.identifiers import AccountId
from bankcore.ledger.queries import Balance, LedgerQueries

CLOCK_LEEWAY: Final = timedelta(minutes=1)
"""How far a client's clock may be ahead of that of the database."""


def read_balance(
    queries: LedgerQueries,
    account_id: AccountId,
    at: datetime | None,
    effective_at: datetime | None = None,
    *,
    owner_id: str | None,
) -> Balance:
    """The balance at that instant, by default now, or of what counts by that other one.

    Its `at` is the instant by the database's clock.

    Raises:
        InvalidRequestError: both instants are asked for; or the first lies in the future, so that an answer for it
            could turn out wrong.
        NotFoundError: no such account, or not of that owner.
    """
    if effective_at is not None:
        if at is not None:
            raise InvalidRequestError(pointer="/query/effectiveAt", detail="either at or effectiveAt, not both")
        return queries.balance_effective_at(account_id, effective_at, owner_id=owner_id)
    current = queries.balance_at(account_id, owner_id=owner_id)
    past = require_past(at, current.at)
    return current if past is None else queries.balance_at(account_id, past, owner_id=owner_id)


def require_past(at: datetime | None, now: datetime) -> datetime | None:
    """The instant, or None for the present if it is that by some clock. Raises: InvalidRequestError: a future one."""
    if at is None or now <= at <= now + CLOCK_LEEWAY:
        return None
    if at > now:
        raise InvalidRequestError(pointer="/query/at", detail="a past instant")
    return at
