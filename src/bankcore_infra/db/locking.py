"""The only module that takes locks. Order: idempotency keys, then accounts sorted by id, then inserts."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from bankcore.idempotency.keys import IdempotencyKey
from bankcore.identifiers import AccountId, SessionId, TenantId, UserId
from bankcore.identity.sessions import RevokeReason, Session
from bankcore.ledger.accounts import AccountKind, AccountStatus, LockedAccount
from bankcore.money import CURRENCIES
from bankcore_infra.db import arrays

# NO KEY, because a plain FOR UPDATE would wait for every foreign key check on the row. The rows that come back are the
# latest committed versions: PostgreSQL reads a row again after it had to wait for its lock.
_LOCK_ACCOUNTS: Final = """
    SELECT id, owner_id, currency, kind, status, floor_minor, balance_minor, held_minor, version, head_hash,
           last_posted_at
    FROM bankcore.accounts
    WHERE tenant_id = %s AND id = ANY(%s::uuid[])
    ORDER BY id
    FOR NO KEY UPDATE
"""
_LOCK_SESSION: Final = """
    SELECT id, user_id, created_at, expires_at, last_used_at, generation, revoked_at, revoke_reason
    FROM bankcore.sessions
    WHERE tenant_id = %s AND id = %s
    FOR NO KEY UPDATE
"""
# Whoever asks at once gets another one, and nobody waits.
_LOCK_DUE_NOTIFICATION: Final = """
    SELECT id FROM bankcore.notifications
    WHERE tenant_id = %s AND next_at IS NOT NULL AND next_at <= %s
    ORDER BY next_at, id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
"""
_OPEN: Final = """
    SELECT set_config('app.tenant_id', %s, true), now(),
           ARRAY(SELECT position FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (hash, position) WHERE {lock})
"""
_OPEN_AT_ONCE: Final = _OPEN.format(lock="pg_try_advisory_xact_lock(hash)")
_OPEN_PATIENTLY: Final = _OPEN.format(lock="pg_advisory_xact_lock(hash)::text = ''")


def open_for_tenant(
    connection: Connection, tenant_id: TenantId, keys: Sequence[IdempotencyKey], *, is_patient: bool
) -> tuple[datetime, set[IdempotencyKey]]:
    """Bind the transaction to the tenant and take the keys, in one round trip; its start, and the keys it now holds.

    Keys are advisory locks on a 64-bit hash, so a duplicate is told at once that the first is at work and nobody waits
    in an index. They only say who goes first: that a key counts once is the primary key's business. A patient unit of
    work waits for them instead, up to the lock timeout.
    """
    statement = _OPEN_PATIENTLY if is_patient else _OPEN_AT_ONCE
    hashes = arrays.integers([_lock_hash(tenant_id, key) for key in keys])
    row = connection.exec_driver_sql(statement, (str(tenant_id), hashes)).one()
    return row[1], {keys[position - 1] for position in row[2]}


def lock_accounts(connection: Connection, tenant_id: TenantId, account_ids: Sequence[AccountId]) -> list[LockedAccount]:
    """Lock the accounts in the order of their ids and read them; an unknown id is left out."""
    rows = connection.exec_driver_sql(_LOCK_ACCOUNTS, (tenant_id, arrays.uuids(account_ids)))
    return [
        LockedAccount(
            row[0],
            row[1],
            CURRENCIES[row[2]],
            AccountKind(row[3]),
            AccountStatus(row[4]),
            row[5],
            row[6],
            row[7],
            row[8],
            row[9],
            row[10],
        )
        for row in rows.fetchall()
    ]


def lock_session(connection: Connection, tenant_id: TenantId, session_id: SessionId) -> Session | None:
    """Lock the session and read it; whoever locks one locks nothing else but what is inserted after it."""
    row = connection.exec_driver_sql(_LOCK_SESSION, (tenant_id, session_id)).one_or_none()
    if row is None:
        return None
    return Session(
        tenant_id=tenant_id,
        id=SessionId(row[0]),
        user_id=UserId(row[1]),
        created_at=row[2],
        expires_at=row[3],
        last_used_at=row[4],
        generation=row[5],
        revoked_at=row[6],
        revoke_reason=None if row[7] is None else RevokeReason(row[7]),
    )


def lock_due_notification(connection: Connection, tenant_id: TenantId, due_by: datetime) -> UUID | None:
    """Lock the notification that is due for longest, of those that nobody else has locked; it is the only lock."""
    found: UUID | None = connection.exec_driver_sql(_LOCK_DUE_NOTIFICATION, (tenant_id, due_by)).scalar_one_or_none()
    return found


def _lock_hash(tenant_id: TenantId, key: IdempotencyKey) -> int:
    digest = sha256(b"\0".join([tenant_id.bytes, key.scope.encode(), key.value.encode()])).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
