"""Resets of passwords by their rows, and their secrets by a keyed hash of their ids."""

from pathlib import Path
from typing import Final

from typing_extensions import override

from bankcore.identifiers import TenantId, UserId
from bankcore.identity.resets import (
    RESETS_PER_HOUR,
    SECRET_LENGTH,
    PasswordReset,
    PasswordResets,
    ResetId,
    ResetSecrets,
)
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.keys.key_files import UnusableKeyError
from bankcore_infra.keys.key_ring import KeyedHash, KeyRing
from bankcore_infra.settings import SettingsError

RESET_PURPOSE: Final = "password-reset"
# Of two that come at once with the same number, one is let go by.
_ADD: Final = """
    INSERT INTO bankcore.password_resets (tenant_id, id, user_id, expires_at, hour, number, subject, digest)
    SELECT %(tenant)s, %(id)s, %(user)s, %(expires)s, hour, number, %(subject)s, %(digest)s
    FROM (
        SELECT date_trunc('hour', now()) AS hour, count(*) + 1 AS number FROM bankcore.password_resets
        WHERE tenant_id = %(tenant)s AND subject = %(subject)s AND hour = date_trunc('hour', now())
    ) AS next
    WHERE number <= %(most)s
    ON CONFLICT DO NOTHING
"""
_GOOD: Final = "tenant_id = %s AND id = %s AND digest = %s AND used_at IS NULL AND now() < expires_at"
_FIND: Final = f"SELECT user_id FROM bankcore.password_resets WHERE {_GOOD}"  # noqa: S608 - a constant
_USE: Final = f"UPDATE bankcore.password_resets SET used_at = now() WHERE {_GOOD}"  # noqa: S608 - a constant
_END: Final = """
    UPDATE bankcore.password_resets SET used_at = now() WHERE tenant_id = %s AND user_id = %s AND used_at IS NULL
"""


class SqlPasswordResets(PasswordResets):
    """The resets of one tenant inside one transaction; of an address a keyed hash is stored."""

    def __init__(self, connection: TenantConnection, subject_hash: KeyedHash) -> None:
        self._connection = connection
        self._subject_hash = subject_hash

    @override
    def add_reset(self, reset: PasswordReset) -> bool:
        tenant_id = self._connection.tenant_id
        row = {
            "tenant": tenant_id,
            "id": reset.id,
            "user": reset.user_id,
            "expires": reset.expires_at,
            "subject": self._subject_hash.of(tenant_id.bytes, reset.email.encode()),
            "digest": reset.digest,
            "most": RESETS_PER_HOUR,
        }
        return self._connection.sql.exec_driver_sql(_ADD, row).rowcount == 1

    @override
    def find_resetting(self, reset_id: ResetId, digest: bytes) -> UserId | None:
        found = self._connection.sql.exec_driver_sql(_FIND, (self._connection.tenant_id, reset_id, digest)).scalar()
        return None if found is None else UserId(found)

    @override
    def use_reset(self, reset_id: ResetId, digest: bytes) -> bool:
        used = self._connection.sql.exec_driver_sql(_USE, (self._connection.tenant_id, reset_id, digest))
        return used.rowcount == 1

    @override
    def end_resets(self, user_id: UserId) -> None:
        self._connection.sql.exec_driver_sql(_END, (self._connection.tenant_id, user_id))


class KeyedResetSecrets(ResetSecrets):
    """Secrets that only this installation can make."""

    def __init__(self, keyed_hash: KeyedHash) -> None:
        self._keyed_hash = keyed_hash

    @override
    def secret_of(self, tenant_id: TenantId, reset_id: ResetId) -> bytes:
        return self._keyed_hash.of(tenant_id.bytes, reset_id.bytes)[:SECRET_LENGTH]


def open_reset_secrets(keys_dir: Path) -> KeyedResetSecrets:
    """The secrets of the keys in that folder. Raises: SettingsError: they cannot be used."""
    try:
        return KeyedResetSecrets(KeyRing.open(keys_dir).keyed_hash(RESET_PURPOSE))
    except UnusableKeyError as error:
        raise SettingsError("BANKCORE_DATA_DIR", str(error)) from None
