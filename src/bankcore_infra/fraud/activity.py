"""What moved on accounts, out of their entries: found from their end by the primary key, and bounded."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from bankcore.fraud.activity import ENTRIES_MAX, AccountActivity, History, Line, movements_of
from bankcore.identifiers import AccountId
from bankcore.money import CURRENCIES
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection

# The other side of each transaction is one look-up of its entries, and its account one more; LIMIT and the scalar
# subquery keep the planner from making joins of them.
LINES: Final = Statement("""
    SELECT wanted.account_id, e.sequence, e.transaction_id, e.amount_minor, other.counterparty, e.posted_at, e.currency,
    (
        SELECT a.created_at FROM bankcore.accounts AS a WHERE a.tenant_id = e.tenant_id AND a.id = e.account_id
    ) AS opened_at
    FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS wanted (account_id, first, last)
    CROSS JOIN LATERAL (
        SELECT * FROM bankcore.entries
        WHERE tenant_id = $1::uuid AND account_id = wanted.account_id
          AND sequence <= wanted.last AND sequence >= wanted.first
        ORDER BY sequence DESC
        LIMIT wanted.last - wanted.first + 1
    ) AS e
    LEFT JOIN LATERAL (
        SELECT (
            SELECT a.id FROM bankcore.accounts AS a
            WHERE a.tenant_id = o.tenant_id AND a.id = o.account_id AND a.kind = 'customer'
        ) AS counterparty
        FROM bankcore.entries AS o
        WHERE o.tenant_id = e.tenant_id AND o.transaction_id = e.transaction_id
          AND o.account_id <> e.account_id AND sign(o.amount_minor) <> sign(e.amount_minor)
        ORDER BY abs(o.amount_minor) DESC, o.account_id DESC
        LIMIT 1
    ) AS other ON true
    ORDER BY wanted.account_id, e.sequence DESC
""")


class Place(NamedTuple):
    """An entry of an account."""

    account_id: AccountId
    sequence: int


class _Entry(NamedTuple):
    sequence: int
    line: Line
    currency: str
    opened_at: datetime


def find_activities(connection: TenantConnection, places: Iterable[Place]) -> Mapping[Place, AccountActivity | None]:
    """The activity of each account when the entry at that place was its last one; each account is read once."""
    sequences: dict[AccountId, list[int]] = {}
    for account_id, sequence in places:
        sequences.setdefault(account_id, []).append(sequence)
    answer = connection.ask(
        LINES,
        connection.tenant_id,
        arrays.uuids(sequences),
        arrays.integers(_first(min(of_account)) for of_account in sequences.values()),
        arrays.integers(max(of_account) for of_account in sequences.values()),
    )
    entries: dict[AccountId, list[_Entry]] = {account_id: [] for account_id in sequences}
    for account_id, sequence, transaction_id, amount_minor, counterparty, posted_at, currency, opened_at in answer:
        line = Line(transaction_id, amount_minor, counterparty, posted_at)
        entries[account_id].append(_Entry(sequence, line, currency, opened_at))
    return {
        Place(account_id, sequence): _activity(Place(account_id, sequence), entries[account_id])
        for account_id, of_account in sequences.items()
        for sequence in of_account
    }


def _first(sequence: int) -> int:
    """The earliest entry that counts for that one."""
    return max(sequence - ENTRIES_MAX, 1)


def _activity(place: Place, entries: Sequence[_Entry]) -> AccountActivity | None:
    first = _first(place.sequence)
    last = next((entry for entry in entries if entry.sequence == place.sequence), None)
    if last is None:
        return None
    lines = [entry.line for entry in entries if first <= entry.sequence <= place.sequence]
    examined = movements_of(line for line in lines if line.transaction_id == last.line.transaction_id)
    if not examined:
        return None
    return AccountActivity(
        account_id=place.account_id,
        currency=CURRENCIES[last.currency],
        movement=examined[0],
        recent=tuple(movements_of(line for line in lines if line.transaction_id != last.line.transaction_id)),
        history=History(opened_at=last.opened_at, is_complete=first == 1),
    )
