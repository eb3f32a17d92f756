"""The only module that takes locks. Order: idempotency keys, then accounts sorted by id, then inserts.

Work that leaves the process takes its rows with SKIP LOCKED, so that nobody waits for them; a worker locks a cursor
before anything else, and fraud then what it remembers, sorted by account.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from bankcore.idempotency.keys import IdempotencyKey
from bankcore.identifiers import AccountId, SessionId, TenantId, UserId
from bankcore.identity.sessions import RevokeReason, Session
from bankcore.ledger.accounts import AccountKind, AccountStatus, LockedAccount
from bankcore.money import CURRENCIES
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Rows, Sent, Statement
from bankcore_infra.db.rows import ID, NUMBER, TEXT, RowStatement

_KINDS: Final = {str(kind): kind for kind in AccountKind}
_STATUSES: Final = {str(status): status for status in AccountStatus}
# NO KEY, because a plain FOR UPDATE would wait for every foreign key check on the row. The rows that come back are the
# latest committed versions: PostgreSQL reads a row again after it had to wait for its lock.
_LOCK_ACCOUNTS: Final = Statement("""
    SELECT id, owner_id, currency, kind, status, floor_minor, balance_minor, held_minor, version, head_hash,
           last_posted_at
    FROM bankcore.accounts
    WHERE tenant_id = $1::uuid AND id = ANY($2::uuid[])
    ORDER BY id
    FOR NO KEY UPDATE
""")
# The accounts of the keys that this transaction has just taken, which `app.held_keys` tells by their places, and which
# nobody has answered before; and the accounts of place 0, which no key stands for. LIMIT keeps the planner from reading
# every key of the tenant, which it would do to have them at hand for many accounts.
_LOCK_ACCOUNTS_OF_KEYS: Final = RowStatement(
    """
    SELECT id, owner_id, currency, kind, status, floor_minor, balance_minor, held_minor, version, head_hash,
           last_posted_at
    FROM bankcore.accounts
    WHERE tenant_id = $1::uuid AND id = ANY(ARRAY(
        SELECT wanted.account_id
        FROM {rows} AS wanted (account_id, place, scope, key)
        WHERE wanted.place = 0 OR wanted.place = ANY(current_setting('app.held_keys')::bigint[]) AND (
            SELECT known.expires_at > now() FROM bankcore.idempotency_keys AS known
            WHERE known.tenant_id = $1::uuid AND known.scope = wanted.scope AND known.key = wanted.key
            LIMIT 1) IS NOT TRUE))
    ORDER BY id
    FOR NO KEY UPDATE
    """,
    [ID, NUMBER, TEXT, TEXT],
)
_LOCK_SESSION: Final = """
    SELECT id, user_id, created_at, expires_at, last_used_at, generation, revoked_at, revoke_reason
    FROM bankcore.sessions
    WHERE tenant_id = %s AND id = %s
    FOR NO KEY UPDATE
"""
_LOCK_LOG: Final = "SELECT pg_advisory_xact_lock(%s)"
# Whoever has begun a page a moment ago is about to lock the row, or dead. A mark of the future is one of a clock that
# was set back since.
_BEGIN_PAGE: Final = Statement("""
    UPDATE bankcore.cursors AS cursor
    SET attempt = cursor.attempt + 1, begun_at = now(),
        alone_until = CASE WHEN found.is_left AND NOT found.is_alone THEN found.position + $3::bigint
                           ELSE found.alone_until END
    FROM (
        SELECT position, alone_until, begun_at IS NOT NULL AS is_left, position < alone_until AS is_alone
        FROM bankcore.cursors
        WHERE tenant_id = $1::uuid AND consumer = $2::text AND (begun_at IS NULL OR begun_at NOT BETWEEN
              now() - $4::float8 * interval '1 second' AND now() + $4::float8 * interval '1 second')
        FOR NO KEY UPDATE SKIP LOCKED
    ) AS found
    WHERE cursor.tenant_id = $1::uuid AND cursor.consumer = $2::text
    RETURNING cursor.attempt, cursor.position, cursor.alone_until, found.is_left AND found.is_alone
""")
_LOCK_FREE_CURSOR: Final = Statement("""
    SELECT attempt, position FROM bankcore.cursors WHERE tenant_id = $1::uuid AND consumer = $2::text
    FOR NO KEY UPDATE SKIP LOCKED
""")
_LOCK_CURSOR: Final = Statement("""
    SELECT 1 FROM bankcore.cursors WHERE tenant_id = $1::uuid AND consumer = $2::text FOR NO KEY UPDATE
""")
_DELETE_EXPIRED_KEYS: Final = """
    WITH expired AS (
        SELECT scope, key FROM bankcore.idempotency_keys
        WHERE tenant_id = %s AND expires_at <= now()
        ORDER BY expires_at LIMIT %s
        FOR UPDATE SKIP LOCKED)
    DELETE FROM bankcore.idempotency_keys AS stored USING expired
    WHERE stored.tenant_id = %s AND stored.scope = expired.scope AND stored.key = expired.key
      AND stored.expires_at <= now()
"""
# A session that is being used at this moment is left alone until the next time.
_LOCK_OLD_SESSIONS: Final = """
    SELECT id FROM bankcore.sessions
    WHERE tenant_id = %s AND least(revoked_at, expires_at) < now() - interval '30 days'
    ORDER BY least(revoked_at, expires_at) LIMIT %s
    FOR UPDATE SKIP LOCKED
"""
_DELETE_OLD_ATTEMPTS: Final = """
    WITH old AS (
        SELECT subject FROM bankcore.login_attempts
        WHERE tenant_id = %s AND last_at < now() - interval '2 days'
        ORDER BY last_at LIMIT %s
        FOR UPDATE SKIP LOCKED)
    DELETE FROM bankcore.login_attempts AS stored USING old
    WHERE stored.tenant_id = %s AND stored.subject = old.subject AND stored.last_at < now() - interval '2 days'
"""
_LOCK_CASE: Final = """
    SELECT * FROM bankcore.fraud_cases WHERE tenant_id = %s AND id = %s FOR NO KEY UPDATE
"""
_LOCK_ACTIVITIES: Final = Statement("""
    SELECT account_id, sequence, activity FROM bankcore.fraud_activities
    WHERE tenant_id = $1::uuid AND account_id = ANY($2::uuid[])
    ORDER BY account_id
    FOR NO KEY UPDATE
""")
# Whoever asks at once gets another one, and nobody waits.
_LOCK_DUE_NOTIFICATION: Final = """
    SELECT id FROM bankcore.notifications
    WHERE tenant_id = %s AND next_at IS NOT NULL AND next_at <= %s
    ORDER BY next_at, id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
"""
_OPEN: Final = Statement("SELECT set_config('app.tenant_id', $1, true), now(), NULL")
# The plan of a statement of the posting path is the same for two rows and for two thousand; a plan for each call, which
# PostgreSQL finds cheaper because it then knows how many rows come, costs more than the statement (measured).
_OPEN_WITH_KEYS: Final = """
    SELECT set_config('app.tenant_id', $1, true), now(),
           set_config('app.held_keys', ARRAY(
               SELECT position FROM unnest($2::bigint[]) WITH ORDINALITY AS wanted (hash, position) WHERE {lock}
           )::text, true)::bigint[],
           set_config('plan_cache_mode', 'force_generic_plan', true),
           set_config('lock_timeout', coalesce($3, current_setting('lock_timeout')), true)
"""
_OPEN_AT_ONCE: Final = Statement(_OPEN_WITH_KEYS.format(lock="pg_try_advisory_xact_lock(hash)"))
_OPEN_PATIENTLY: Final = Statement(_OPEN_WITH_KEYS.format(lock="pg_advisory_xact_lock(hash)::text = ''"))


def opening(tenant_id: TenantId) -> Sent:
    """Binds the transaction to the tenant; one row, as `opening_with_keys` has it."""
    return Sent(_OPEN, (str(tenant_id),))


def opening_with_keys(
    tenant_id: TenantId, keys: Sequence[IdempotencyKey], *, is_patient: bool, lock_timeout: str | None = None
) -> Sent:
    """Binds the transaction to the tenant and takes the keys; the second value of its row is the transaction's start,
    the third the places of the keys that it now holds, from 1.

    Keys are advisory locks on a 64-bit hash, so a duplicate is told at once that the first is at work and nobody waits
    in an index. They only say who goes first: that a key counts once is the primary key's business. A patient unit of
    work waits for them instead, up to the lock timeout, which may be shorter than the connection's.
    """
    statement = _OPEN_PATIENTLY if is_patient else _OPEN_AT_ONCE
    hashes = arrays.integers([_lock_hash(tenant_id, key) for key in keys])
    return Sent(statement, (str(tenant_id), hashes, lock_timeout))


def lock_log(connection: Connection, tenant_id: TenantId) -> None:
    """Make this transaction the only one that seals the tenant's log.

    A statement of its own, because whatever is read in the statement that waits was true before the wait.
    """
    connection.exec_driver_sql(_LOCK_LOG, (_hash_of([b"bankcore.log", tenant_id.bytes]),))


def stop_log_writers(connection: Connection) -> None:
    """Wait for everybody who is writing to the audit log, and let nobody begin before this transaction ends."""
    connection.exec_driver_sql("LOCK TABLE bankcore.audit_log IN SHARE MODE")


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
        )
        for row in rows
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


def beginning_page(tenant_id: TenantId, consumer: str, *, most: int, grace_s: float) -> Sent:
    """Marks that a page is begun, unless somebody else is at it: attempt, position, until where records go alone, and
    whether somebody died with the record at the position, alone.

    After a death with more than one record, the next `most` go alone.
    """
    return Sent(_BEGIN_PAGE, (tenant_id, consumer, most, str(grace_s)))


def locking_free_cursor(tenant_id: TenantId, consumer: str) -> Sent:
    """Locks the cursor: its attempt and position; no row if somebody else has it."""
    return Sent(_LOCK_FREE_CURSOR, (tenant_id, consumer))


def locking_cursor(tenant_id: TenantId, consumer: str) -> Sent:
    """Locks the cursor, and waits for whoever has it."""
    return Sent(_LOCK_CURSOR, (tenant_id, consumer))


def delete_expired_keys(connection: Connection, tenant_id: TenantId, *, limit: int) -> int:
    """Forget idempotency keys whose time is over, the oldest first; those that somebody is using are left alone."""
    return connection.exec_driver_sql(_DELETE_EXPIRED_KEYS, (tenant_id, limit, tenant_id)).rowcount


def lock_old_sessions(connection: Connection, tenant_id: TenantId, *, limit: int) -> list[UUID]:
    """Lock sessions that ended more than 30 days ago, the oldest first, and give their ids."""
    return list(connection.exec_driver_sql(_LOCK_OLD_SESSIONS, (tenant_id, limit)).scalars())


def delete_old_attempts(connection: Connection, tenant_id: TenantId, *, limit: int) -> int:
    """Forget counts of attempts that have not grown for two days; those that somebody is changing are left alone."""
    return connection.exec_driver_sql(_DELETE_OLD_ATTEMPTS, (tenant_id, limit, tenant_id)).rowcount


def locking_activities(tenant_id: TenantId, account_ids: Collection[AccountId]) -> Sent:
    """Locks what is remembered of these accounts; fraud does so before it locks any account."""
    return Sent(_LOCK_ACTIVITIES, (tenant_id, arrays.uuids(account_ids)))


def lock_fraud_case(connection: Connection, tenant_id: TenantId, case_id: UUID) -> Row[Any] | None:
    """Lock the row of the case and read it; whoever locks one locks nothing else after it."""
    return connection.exec_driver_sql(_LOCK_CASE, (tenant_id, case_id)).one_or_none()


def lock_due_notification(connection: Connection, tenant_id: TenantId, due_by: datetime) -> UUID | None:
    """Lock the notification that is due for longest, of those that nobody else has locked; it is the only lock."""
    found: UUID | None = connection.exec_driver_sql(_LOCK_DUE_NOTIFICATION, (tenant_id, due_by)).scalar_one_or_none()
    return found


def _lock_hash(tenant_id: TenantId, key: IdempotencyKey) -> int:
    return _hash_of([tenant_id.bytes, key.scope.encode(), key.value.encode()])


def _hash_of(parts: Sequence[bytes]) -> int:
    return int.from_bytes(sha256(b"\0".join(parts)).digest()[:8], "big", signed=True)
