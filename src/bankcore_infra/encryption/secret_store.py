"""Secrets in their one table, in the transaction of the capability that they belong to."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from bankcore.encryption.key_encryption import KeyEncryption, SecretPlace, WrappedKey
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.encryption.envelope import EncryptedSecret, disclose, enclose

_KEEP: Final = """
    INSERT INTO bankcore.encrypted_secrets (tenant_id, purpose, owner_id, key_name, wrapped_key, content)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT ON CONSTRAINT encrypted_secrets_pkey DO UPDATE
    SET key_name = excluded.key_name, wrapped_key = excluded.wrapped_key, content = excluded.content
"""
_FIND: Final = """
    SELECT key_name, wrapped_key, content FROM bankcore.encrypted_secrets
    WHERE tenant_id = %s AND purpose = %s AND owner_id = %s
"""
_FORGET: Final = "DELETE FROM bankcore.encrypted_secrets WHERE tenant_id = %s AND purpose = %s AND owner_id = %s"


class SecretStore:
    """Keeps secrets encrypted; only who has the keys reads them."""

    def __init__(self, keys: KeyEncryption) -> None:
        self.keys: Final = keys

    def keep(self, connection: TenantConnection, purpose: str, owner_id: UUID, secret: bytes) -> None:
        """Keep this secret of that owner, in the place of an earlier one."""
        place = SecretPlace(tenant_id=connection.tenant_id, purpose=purpose, owner_id=owner_id)
        stored = enclose(self.keys, place, secret)
        row = (connection.tenant_id, purpose, owner_id, stored.key.key_name, stored.key.content, stored.content)
        connection.sql.exec_driver_sql(_KEEP, row)

    def find(self, connection: TenantConnection, purpose: str, owner_id: UUID) -> bytes | None:
        """The secret of that owner. Raises: UnreadableSecretError."""
        place = SecretPlace(tenant_id=connection.tenant_id, purpose=purpose, owner_id=owner_id)
        row = connection.sql.exec_driver_sql(_FIND, (connection.tenant_id, purpose, owner_id)).one_or_none()
        return None if row is None else disclose(self.keys, place, secret_of(tuple(row)))

    def forget(self, connection: TenantConnection, purpose: str, owner_id: UUID) -> None:
        """Delete the secret of that owner."""
        connection.sql.exec_driver_sql(_FORGET, (connection.tenant_id, purpose, owner_id))


def secret_of(row: Sequence[Any]) -> EncryptedSecret:
    """The secret in a row that begins with name of the key, wrapped key and content."""
    return EncryptedSecret(WrappedKey(row[0], bytes(row[1])), bytes(row[2]))
