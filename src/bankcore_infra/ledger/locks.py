"""Locks accounts, sorted by id, so that two units of work never wait for each other in a circle."""

from collections.abc import Sequence
from typing import Final

from bankcore.idempotency.keys import IdempotencyKey
from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.accounts import AccountKind, AccountStatus, LockedAccount
from bankcore.money import CURRENCIES
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Rows, Sent, Statement
from bankcore_infra.db.rows import ID, NUMBER, TEXT, RowStatement

_KINDS: Final = {str(kind): kind for kind in AccountKind}
_STATUSES: Final = {str(status): status for status in AccountStatus}
# NO KEY, because a plain FOR UPDATE would wait for every foreign key check on the row. The rows that come back are the
# latest committed versions: PostgreSQL reads a row again after it had to wait for its lock.
# Asked once for the whole statement: whether all customers of the tenant have limits. What an account has of its own is
# in its row, which is the latest one, and nothing is read for those who have none (docs/adr/0064).
_IS_LIMITED: Final = """is_limited OR EXISTS (
               SELECT FROM bankcore.limit_policies
               WHERE limit_policies.tenant_id = $1::uuid AND subject_id = $1::uuid AND policy <> '[]')"""
_LOCK_ACCOUNTS: Final = Statement(f"""
    SELECT id, owner_id, currency, kind, status, floor_minor, balance_minor, held_minor, version, head_hash,
           last_posted_at, held_at, held_until, {_IS_LIMITED}
    FROM bankcore.accounts
    WHERE tenant_id = $1::uuid AND id = ANY($2::uuid[])
    ORDER BY id
    FOR NO KEY UPDATE
""")  # noqa: S608 - made of constants
# The accounts of the keys that this transaction has just taken, which `bankcore.held_keys` tells by their places, and
# which nobody has answered before; and the accounts of place 0, which no key stands for. LIMIT keeps the planner from
# reading every key of the tenant, which it would do to have them at hand for many accounts.
_LOCK_ACCOUNTS_OF_KEYS: Final = RowStatement(
    f"""
    SELECT id, owner_id, currency, kind, status, floor_minor, balance_minor, held_minor, version, head_hash,
           last_posted_at, held_at, held_until, {_IS_LIMITED}
    FROM bankcore.accounts
    WHERE tenant_id = $1::uuid AND id = ANY(ARRAY(
        SELECT wanted.account_id
        FROM {{rows}} AS wanted (account_id, place, scope, key)
        WHERE wanted.place = 0 OR wanted.place = ANY(current_setting('bankcore.held_keys')::bigint[]) AND (
            SELECT known.expires_at > now() FROM bankcore.idempotency_keys AS known
            WHERE known.tenant_id = $1::uuid AND known.scope = wanted.scope AND known.key = wanted.key
            LIMIT 1) IS NOT TRUE))
    ORDER BY id
    FOR NO KEY UPDATE
    """,  # noqa: S608 - made of constants
    [ID, NUMBER, TEXT, TEXT],
)


def locking(tenant_id: TenantId, account_ids: Sequence[AccountId]) -> Sent:
    """Locks the accounts in the order of their ids and reads them; an unknown id is left out."""
    return Sent(_LOCK_ACCOUNTS, (tenant_id, arrays.uuids(account_ids)))


def locking_of_keys(
    tenant_id: TenantId, keys: Sequence[IdempotencyKey], wanted: Sequence[tuple[AccountId, IdempotencyKey | None]]
) -> Sent:
    """As `locking`, but only what those of the keys want that were taken by this transaction and never answered."""
    places = {key: place for place, key in enumerate(keys, start=1)}
    rows = [
        (account_id, 0, None, None) if key is None else (account_id, places[key], key.scope, key.value)
        for account_id, key in wanted
    ]
    return _LOCK_ACCOUNTS_OF_KEYS.on(rows, tenant_id)


def locked_accounts(rows: Rows) -> list[LockedAccount]:
    """The accounts in rows that `locking` or `locking_of_keys` has asked for."""
    return [
        LockedAccount(
            row[0],
            row[1],
            CURRENCIES[row[2]],
            _KINDS[row[3]],
            _STATUSES[row[4]],
            row[5],
            row[6],
            row[7],
            row[8],
            row[9],
            row[10],
            row[11],
            row[12],
            row[13],
        )
        for row in rows
    ]
