"""Movements of accounts that have no activity yet, out of a bounded number of their last entries; read once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from bankcore.fraud.activity import History
from bankcore.fraud.movements import Movement, Share, movement_of, seconds_of
from bankcore.fraud.ports import Span
from bankcore.identifiers import AccountId
from bankcore.money import CURRENCIES
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Rows, Statement
from bankcore_infra.db.tenant_connection import TenantConnection

# The other side of each transaction is one look-up of its entries and one of its account. LIMIT and the scalar subquery
# keep the planner from making joins of them.
ENTRIES: Final = Statement("""
    SELECT wanted.account_id, account.created_at, e.sequence, e.transaction_id, e.amount_minor, other.counterparty,
           e.posted_at, e.currency
    FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS wanted (account_id, first, last)
    CROSS JOIN LATERAL (
        SELECT a.created_at FROM bankcore.accounts AS a
        WHERE a.tenant_id = $1::uuid AND a.id = wanted.account_id AND a.kind = 'customer'
        LIMIT 1
    ) AS account
    LEFT JOIN LATERAL (
        SELECT * FROM bankcore.entries
        WHERE tenant_id = $1::uuid AND account_id = wanted.account_id
          AND sequence <= wanted.last AND sequence >= wanted.first
        ORDER BY sequence DESC
        LIMIT wanted.last - wanted.first + 1
    ) AS e ON true
    LEFT JOIN LATERAL (
        SELECT (
            SELECT a.id FROM bankcore.accounts AS a
            WHERE a.tenant_id = o.tenant_id AND a.id = o.account_id AND a.kind = 'customer'
        ) AS counterparty
        FROM bankcore.entries AS o
        WHERE o.tenant_id = e.tenant_id AND o.transaction_id = e.transaction_id
          AND o.account_id <> e.account_id AND sign(o.amount_minor) <> sign(e.amount_minor)
          AND (
              SELECT a.kind FROM bankcore.accounts AS a WHERE a.tenant_id = o.tenant_id AND a.id = o.account_id
          ) IS DISTINCT FROM 'fx_position'
        ORDER BY abs(o.amount_minor) DESC, o.account_id DESC
        LIMIT 1
    ) AS other ON true
    ORDER BY wanted.account_id, e.sequence
""")


class _Past(NamedTuple):
    """A transaction as the account met it."""

    share: Share
    counterparty: AccountId | None
    posted_at: datetime


def find_histories(connection: TenantConnection, spans: Mapping[AccountId, Span]) -> dict[AccountId, History]:
    """The history of each customer's account in those of its entries, at most in the last `ENTRIES_MAX` of them."""
    answer = connection.ask(
        ENTRIES,
        connection.tenant_id,
        arrays.uuids(spans),
        arrays.integers(span.first for span in spans.values()),
        arrays.integers(span.end - 1 for span in spans.values()),
    )
    rows: dict[AccountId, Rows] = {}
    for account_id, *row in answer:
        rows.setdefault(account_id, []).append(tuple(row))
    return {account_id: _history(of_account, spans[account_id]) for account_id, of_account in rows.items()}


def _history(rows: Rows, span: Span) -> History:
    """The history in these rows; an account without entries has one row too."""
    entries = [row for _opened_at, *row in rows if row[0] is not None]
    return History(seconds_of(rows[0][0]), _movements(entries), is_complete=span.is_whole)


def _movements(entries: Iterable[Sequence[Any]]) -> tuple[Movement, ...]:
    """What each transaction moved in total, in the order of its first entry. A transaction that moved nothing is
    left out.
    """
    past: dict[UUID, _Past] = {}
    for sequence, transaction_id, amount_minor, counterparty, posted_at, currency in entries:
        known = past.get(transaction_id)
        moved_minor = amount_minor if known is None else known.share.amount_minor + amount_minor
        share = Share(CURRENCIES[currency], moved_minor, sequence, sequence)
        past[transaction_id] = _Past(share, counterparty, posted_at)
    movements = (movement_of(one.share, one.counterparty, seconds_of(one.posted_at)) for one in past.values())
    return tuple(movement for movement in movements if movement is not None)
