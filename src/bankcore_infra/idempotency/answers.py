"""One key of one request: what was answered to it before."""

from bankcore.idempotency.keys import IdempotencyInProgressError, IdempotencyKey, IdempotencyKeyReusedError
from bankcore_infra.db.transactions import TenantConnection
from bankcore_infra.idempotency.keys import find_answers


def take_answer(connection: TenantConnection, key: IdempotencyKey, fingerprint: bytes) -> bytes | None:
    """The stored answer to this request; None if there is none, and then the key is held until the transaction ends.

    Raises:
        IdempotencyKeyReusedError: the key was used for another request.
        IdempotencyInProgressError: the first request with the key is still running.
    """
    is_held = key in connection.take_keys([key])
    found = find_answers(connection, [key]).get(key)
    if found is None:
        if not is_held:
            raise IdempotencyInProgressError(idempotency_key=key.value)
        return None
    if found.fingerprint != fingerprint:
        raise IdempotencyKeyReusedError(idempotency_key=key.value)
    return found.outcome
