"""Opens a transaction: binds it to its tenant, and takes the idempotency keys of what is asked in it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from bankcore.idempotency.keys import IdempotencyKey
from bankcore.identifiers import TenantId
from bankcore_infra.db import arrays
from bankcore_infra.db.advisory import lock_number
from bankcore_infra.db.arrays import Packed
from bankcore_infra.db.exchange import Sent, Statement

_OPEN: Final = Statement("SELECT set_config('bankcore.tenant_id', $1, true), now(), NULL")
# The plan of a statement of the posting path is the same for two rows and for two thousand; a plan for each call, which
# PostgreSQL finds cheaper because it then knows how many rows come, costs more than the statement (measured).
_OPEN_WITH_KEYS: Final = """
    SELECT set_config('bankcore.tenant_id', $1, true), now(),
           set_config('bankcore.held_keys', ARRAY(
               SELECT position FROM unnest($2::bigint[]) WITH ORDINALITY AS wanted (hash, position) WHERE {lock}
           )::text, true)::bigint[],
           set_config('plan_cache_mode', 'force_generic_plan', true),
           set_config('lock_timeout', coalesce($3, current_setting('lock_timeout')), true)
"""
_OPEN_AT_ONCE: Final = Statement(_OPEN_WITH_KEYS.format(lock="pg_try_advisory_xact_lock(hash)"))
_OPEN_PATIENTLY: Final = Statement(_OPEN_WITH_KEYS.format(lock="pg_advisory_xact_lock(hash)::text = ''"))

# As the settings were before it, which a subquery with OFFSET reads before anything is set. Nothing stays prepared on a
# connection of others, so that the plans are of no concern; but a wait has an end, where its owner has set none.
_OPEN_ENCLOSED: Final = Statement("""
    SELECT set_config('bankcore.tenant_id', $1::text, true), now(),
           set_config('bankcore.held_keys', ARRAY(
               SELECT position FROM unnest($2::bigint[]) WITH ORDINALITY AS wanted (hash, position)
               WHERE pg_try_advisory_xact_lock(hash)
           )::text, true)::bigint[],
           CASE host.lock_timeout WHEN '0' THEN set_config('lock_timeout', '2s', true) END,
           host.tenant_id, host.lock_timeout, host.synchronous_commit, host.replication_role, host.is_below_rules,
           EXISTS (SELECT FROM bankcore.tenants WHERE id = $1::text::uuid)
    FROM (
        SELECT current_setting('bankcore.tenant_id', true) AS tenant_id,
               current_setting('lock_timeout') AS lock_timeout,
               current_setting('synchronous_commit') AS synchronous_commit,
               current_setting('session_replication_role') AS replication_role,
               row_security_active('bankcore.accounts') AS is_below_rules
        OFFSET 0
    ) AS host
""")
_PUT_BACK: Final = Statement("""
    SELECT set_config('bankcore.tenant_id', $1::text, true), set_config('bankcore.held_keys', '', true),
           set_config('lock_timeout', $2::text, true)
""")


class HostSettings(NamedTuple):
    """What a transaction of others was like before we were in it."""

    tenant_id: str | None
    lock_timeout: str
    synchronous_commit: str
    replication_role: str
    is_below_rules: bool
    """Whether row level security binds its role."""
    has_tenant: bool
    """Whether the tenant is in its database."""


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
    return Sent(statement, (str(tenant_id), _hashes(tenant_id, keys), lock_timeout))


def opening_in_transaction_of_others(tenant_id: TenantId, keys: Sequence[IdempotencyKey]) -> Sent:
    """As `opening_with_keys`, and its row ends with `HostSettings`."""
    return Sent(_OPEN_ENCLOSED, (str(tenant_id), _hashes(tenant_id, keys)))


def put_back(before: HostSettings) -> Sent:
    """Gives the transaction the settings of before."""
    return Sent(_PUT_BACK, (before.tenant_id or "", before.lock_timeout))


def _hashes(tenant_id: TenantId, keys: Sequence[IdempotencyKey]) -> Packed:
    return arrays.integers([_lock_hash(tenant_id, key) for key in keys])


def _lock_hash(tenant_id: TenantId, key: IdempotencyKey) -> int:
    return lock_number([tenant_id.bytes, key.scope.encode(), key.value.encode()])
