"""Second factors by their rows; their secrets lie in the one store of secrets."""

from collections.abc import Iterable
from typing import Final

from typing_extensions import override

from bankcore.identifiers import UserId
from bankcore.identity.second_factors import SecondFactor, SecondFactors
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.encryption.secret_store import SecretStore
from bankcore_infra.second_factor.locks import lock_second_factor

_PURPOSE: Final = "totp"
_BEGIN: Final = """
    INSERT INTO bankcore.second_factors AS known (tenant_id, user_id, created_at) VALUES (%s, %s, now())
    ON CONFLICT ON CONSTRAINT second_factors_pkey DO UPDATE
    SET created_at = excluded.created_at, last_used_step = 0 WHERE known.confirmed_at IS NULL
"""
_CONFIRM: Final = "UPDATE bankcore.second_factors SET confirmed_at = now() WHERE tenant_id = %s AND user_id = %s"
# The row is locked already; the condition keeps two uses of one code apart even for who forgot to.
_USE_STEP: Final = """
    UPDATE bankcore.second_factors SET last_used_step = %s
    WHERE tenant_id = %s AND user_id = %s AND last_used_step < %s
"""
_REMOVE: Final = "DELETE FROM bankcore.second_factors WHERE tenant_id = %s AND user_id = %s"
_FORGET_CODES: Final = "DELETE FROM bankcore.recovery_codes WHERE tenant_id = %s AND user_id = %s"
_ADD_CODE: Final = "INSERT INTO bankcore.recovery_codes (tenant_id, user_id, digest) VALUES (%s, %s, %s)"
_FIND_CODE: Final = "SELECT FROM bankcore.recovery_codes WHERE tenant_id = %s AND user_id = %s AND digest = %s"
_USE_CODE: Final = "DELETE FROM bankcore.recovery_codes WHERE tenant_id = %s AND user_id = %s AND digest = %s"


class SqlSecondFactors(SecondFactors):
    """Second factors of one tenant's users inside one transaction."""

    def __init__(self, connection: TenantConnection, secrets: SecretStore) -> None:
        self._connection = connection
        self._secrets = secrets

    @override
    def lock_factor(self, user_id: UserId) -> SecondFactor | None:
        row = lock_second_factor(self._connection.sql, self._connection.tenant_id, user_id)
        if row is None:
            return None
        return SecondFactor(
            user_id=UserId(row.user_id),
            created_at=row.created_at,
            confirmed_at=row.confirmed_at,
            last_used_step=row.last_used_step,
        )

    @override
    def begin_factor(self, user_id: UserId, secret: bytes) -> bool:
        if self._change(_BEGIN, user_id) == 0:
            return False
        self._secrets.keep(self._connection, _PURPOSE, user_id, secret)
        return True

    @override
    def confirm_factor(self, user_id: UserId) -> None:
        self._change(_CONFIRM, user_id)

    @override
    def find_secret(self, user_id: UserId) -> bytes | None:
        return self._secrets.find(self._connection, _PURPOSE, user_id)

    @override
    def use_step(self, user_id: UserId, step: int) -> bool:
        parameters = (step, self._connection.tenant_id, user_id, step)
        return self._connection.sql.exec_driver_sql(_USE_STEP, parameters).rowcount == 1

    @override
    def replace_recovery_codes(self, user_id: UserId, digests: Iterable[bytes]) -> None:
        self._change(_FORGET_CODES, user_id)
        for digest in digests:
            self._change(_ADD_CODE, user_id, digest)

    @override
    def has_recovery_code(self, user_id: UserId, digest: bytes) -> bool:
        return self._change(_FIND_CODE, user_id, digest) == 1

    @override
    def use_recovery_code(self, user_id: UserId, digest: bytes) -> bool:
        return self._change(_USE_CODE, user_id, digest) == 1

    @override
    def remove_factor(self, user_id: UserId) -> None:
        self._change(_FORGET_CODES, user_id)
        self._change(_REMOVE, user_id)
        self._secrets.forget(self._connection, _PURPOSE, user_id)

    def _change(self, statement: str, user_id: UserId, *more: object) -> int:
        """Run the statement about that user. Returns how many rows it was about."""
        parameters = (self._connection.tenant_id, user_id, *more)
        return self._connection.sql.exec_driver_sql(statement, parameters).rowcount
