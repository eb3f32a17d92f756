"""One key of one request: what was answered to it before."""

from bankcore.idempotency.keys import (
    IdempotencyInProgressError,
    IdempotencyKey,
    IdempotencyKeyReusedError,
    InProgress,
)
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.idempotency.keys import claim_keys


def take_answer(connection: TenantConnection, key: IdempotencyKey, fingerprint: bytes) -> bytes | None:
    """The stored answer to this request; None if there is none, and then the key is held until the transaction ends.

    Raises:
        IdempotencyKeyReusedError: the key was used for another request.
        IdempotencyInProgressError: the first request with the key is still running.
    """
    found = claim_keys(connection, [key])[key]
    if found is None:
        return None
    if isinstance(found, InProgress):
        raise IdempotencyInProgressError(idempotency_key=key.value)
    if found.fingerprint != fingerprint:
        raise IdempotencyKeyReusedError(idempotency_key=key.value)
    return found.outcome
