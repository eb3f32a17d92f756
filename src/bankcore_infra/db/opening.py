"""Opens a transaction: binds it to its tenant, and takes the idempotency keys of what is asked in it."""

from collections.abc import Sequence
from typing import Final

from bankcore.idempotency.keys import IdempotencyKey
from bankcore.identifiers import TenantId
from bankcore_infra.db import arrays
from bankcore_infra.db.advisory import lock_number
from bankcore_infra.db.exchange import Sent, Statement

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


def _lock_hash(tenant_id: TenantId, key: IdempotencyKey) -> int:
    return lock_number([tenant_id.bytes, key.scope.encode(), key.value.encode()])
