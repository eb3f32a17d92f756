"""What commands name, as the ledger's unit of work finds and reads it, and how it writes holds: one statement each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from bankcore.identifiers import AccountId, HoldId, TransactionId
from bankcore.ledger.book import Facts, Named
from bankcore.ledger.holds import LET_GO_MAX, Hold, HoldStatus
from bankcore.ledger.transactions import Reversible
from bankcore.money import CURRENCIES
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Rows, Statement
from bankcore_infra.db.rows import FLAG, ID, INSTANT, NUMBER, TEXT, RowStatement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.ledger.reading import find_recorded

HOLD_COLUMNS: Final = ", ".join(
    [
        *("id", "account_id", "currency", "amount_minor", "captured_minor", "status", "version", "by_holder"),
        *("placed_at", "expires_at", "reference"),
    ]
)
_ACCOUNTS_NAMED: Final = Statement("""
    SELECT account_id FROM bankcore.holds WHERE tenant_id = $1::uuid AND id = ANY($2::uuid[])
    UNION ALL
    SELECT account_id FROM bankcore.entries WHERE tenant_id = $1::uuid AND transaction_id = ANY($3::uuid[])
""")
_REVERSED: Final = Statement("""
    SELECT reverses, coalesce(sum(amount_minor), 0)::bigint, count(*) FROM bankcore.transactions
    WHERE tenant_id = $1::uuid AND reverses = ANY($2::uuid[]) GROUP BY reverses
""")
_FACTS: Final = Statement(f"""
    SELECT {HOLD_COLUMNS} FROM bankcore.holds WHERE tenant_id = $1::uuid AND id = ANY($2::uuid[])
    UNION
    SELECT due.* FROM unnest($3::uuid[]) AS of (account) CROSS JOIN LATERAL (
        (
        SELECT {HOLD_COLUMNS} FROM bankcore.holds
        WHERE tenant_id = $1::uuid AND account_id = of.account AND status = 'open' AND expires_at <= $4::timestamptz
        ORDER BY expires_at LIMIT {LET_GO_MAX})
        UNION ALL (
        SELECT {HOLD_COLUMNS} FROM bankcore.holds
        WHERE tenant_id = $1::uuid AND account_id = of.account AND status = 'open' AND expires_at > $4::timestamptz
        ORDER BY expires_at LIMIT 1)
    ) AS due
""")  # noqa: S608 - made of constants
_WRITE: Final = RowStatement(
    f"""
    INSERT INTO bankcore.holds AS hold (tenant_id, {HOLD_COLUMNS})
    SELECT $1::uuid, * FROM {{rows}} AS new
    ON CONFLICT ON CONSTRAINT holds_pkey DO UPDATE
    SET captured_minor = excluded.captured_minor, status = excluded.status, version = excluded.version,
        expires_at = excluded.expires_at
    """,  # noqa: S608 - made of constants
    [ID, ID, TEXT, NUMBER, NUMBER, TEXT, NUMBER, FLAG, INSTANT, INSTANT, TEXT],
)


def find_accounts_named(connection: TenantConnection, named: Named) -> Sequence[AccountId]:
    """The accounts of what is named, which never change."""
    wanted = arrays.uuids(named.holds), arrays.uuids(named.transactions)
    return [account_id for (account_id,) in connection.ask(_ACCOUNTS_NAMED, connection.tenant_id, *wanted)]


def read_facts(connection: TenantConnection, named: Named, due: Sequence[AccountId], at: datetime) -> Facts:
    """What is named, and of each due account the holds whose time is over by then, with the next one."""
    rows: Rows = []
    looked_at = dict.fromkeys([*due, *named.emptied])
    if named.holds or looked_at:
        rows = connection.ask(_FACTS, connection.tenant_id, arrays.uuids(named.holds), arrays.uuids(looked_at), at)
    return Facts(holds=[hold_in(row) for row in rows], transactions=_reversible(connection, named.transactions))


def _reversible(connection: TenantConnection, transaction_ids: Sequence[TransactionId]) -> list[Reversible]:
    """The transactions, and how much of each was reversed."""
    if not transaction_ids:
        return []
    rows = connection.ask(_REVERSED, connection.tenant_id, arrays.uuids(transaction_ids))
    undone = {transaction_id: (minor, count) for transaction_id, minor, count in rows}
    recorded = find_recorded(connection, transaction_ids, [])
    return [Reversible(each, *undone.get(each.id, (0, 0))) for each in recorded]


def write_holds(connection: TenantConnection, holds: Sequence[Hold]) -> None:
    """Place the new ones of them, and write what has become of the others."""
    rows = [
        (
            hold.id,
            hold.account_id,
            hold.currency.code,
            hold.amount_minor,
            hold.captured_minor,
            hold.status,
            hold.version,
            "true" if hold.by_holder else "false",
            hold.placed_at,
            hold.expires_at,
            hold.reference,
        )
        for hold in holds
    ]
    connection.tell_on(_WRITE, rows)


def hold_in(row: tuple[Any, ...]) -> Hold:
    """The hold in a row of `HOLD_COLUMNS`."""
    return Hold(
        id=HoldId(row[0]),
        account_id=AccountId(row[1]),
        currency=CURRENCIES[row[2]],
        amount_minor=row[3],
        captured_minor=row[4],
        status=HoldStatus(row[5]),
        version=row[6],
        by_holder=row[7],
        placed_at=row[8],
        expires_at=row[9],
        reference=row[10],
    )
