"""What moved on an account, out of its entries: found from their end by the primary key, and bounded."""

from typing import Final

from bankcore.fraud.activity import ENTRIES_MAX, AccountActivity, History, Line, movements_of
from bankcore.identifiers import AccountId
from bankcore.money import CURRENCIES
from bankcore_infra.db.tenant_connection import TenantConnection

# The other side of each transaction is one look-up of its entries, and its account one more; LIMIT and the scalar
# subquery keep the planner from making joins of them.
_LINES: Final = """
    SELECT e.transaction_id, e.amount_minor, other.counterparty, e.posted_at, e.sequence, e.currency, (
        SELECT a.created_at FROM bankcore.accounts AS a WHERE a.tenant_id = e.tenant_id AND a.id = e.account_id
    ) AS opened_at
    FROM (
        SELECT * FROM bankcore.entries
        WHERE tenant_id = %s AND account_id = %s AND sequence <= %s AND sequence >= %s
        ORDER BY sequence DESC
        LIMIT %s
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
    ORDER BY e.sequence DESC
"""


def find_activity(connection: TenantConnection, account_id: AccountId, sequence: int) -> AccountActivity | None:
    """The activity of the account when its entry with that sequence was the last one."""
    first = max(sequence - ENTRIES_MAX, 1)
    rows = connection.sql.exec_driver_sql(
        _LINES, (connection.tenant_id, account_id, sequence, first, ENTRIES_MAX + 1)
    ).fetchall()
    if not rows or rows[0].sequence != sequence:
        return None
    lines = [Line(row.transaction_id, row.amount_minor, row.counterparty, row.posted_at) for row in rows]
    examined_id = lines[0].transaction_id
    examined = movements_of(line for line in lines if line.transaction_id == examined_id)
    if not examined:
        return None
    return AccountActivity(
        account_id=account_id,
        currency=CURRENCIES[rows[0].currency],
        movement=examined[0],
        recent=tuple(movements_of(line for line in lines if line.transaction_id != examined_id)),
        history=History(opened_at=rows[0].opened_at, is_complete=first == 1),
    )
