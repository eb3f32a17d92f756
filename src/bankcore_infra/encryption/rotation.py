"""Gives every secret to a new key-encryption key, in small transactions, while the bank works.

What is done stays done: a rotation that was stopped goes on with the same key when it is started again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from bankcore.encryption.actions import SECRETS_REWRAPPED
from bankcore.encryption.key_encryption import KeyEncryption, SecretPlace, UnreadableSecretError
from bankcore.events.stamps import Stamp
from bankcore.identifiers import EventId, TenantId
from bankcore.origin import Origin
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import Deed, append_audit_records, make_record
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.encryption.envelope import rewrap
from bankcore_infra.encryption.locks import lock_older_secrets
from bankcore_infra.encryption.secret_store import secret_of
from bankcore_infra.identifiers import RandomIdentifiers

BATCH: Final = 500
_BEGIN: Final = ("", UUID(int=0))
_COUNT: Final = "SELECT count(*) FROM bankcore.encrypted_secrets WHERE tenant_id = %s AND key_name <> %s"
_REWRAP: Final = """
    UPDATE bankcore.encrypted_secrets SET key_name = %s, wrapped_key = %s
    WHERE tenant_id = %s AND purpose = %s AND owner_id = %s
"""


@dataclass(slots=True)
class Rotation:
    """What a rotation has done: the key, how many secrets it got, and what is wrong with those that nobody can read."""

    key_name: str
    is_resumed: bool
    rewrapped: int = 0
    unreadable: list[str] = field(default_factory=list)


class SecretRotation:
    """Rotates the key of all secrets in one database."""

    def __init__(self, database: Database, keys: KeyEncryption, origin: Origin, *, batch: int = BATCH) -> None:
        """In transactions of at most `batch` secrets, in the name of that origin."""
        self._database = database
        self._keys = keys
        self._origin = origin
        self._batch = batch

    def run(
        self, tenants: Sequence[TenantId], show: Callable[[int, int], object] = lambda _done, _total: None
    ) -> Rotation:
        """Make a new key and give it every secret of these tenants, or go on where an earlier rotation was stopped.

        A secret that cannot be read keeps no other one from the new key. `show` is called with how many are done, of
        how many.
        """
        rotation = Rotation(self._keys.get_newest_name(), is_resumed=True)
        if not (total := self._count_older(tenants, rotation.key_name)):
            rotation = Rotation(self._keys.add_key(), is_resumed=False)
            total = self._count_older(tenants, rotation.key_name)
        for tenant_id in tenants:
            after: tuple[str, UUID] | None = _BEGIN
            while after is not None:
                after = self._rewrap_batch(tenant_id, after, rotation)
                show(rotation.rewrapped + len(rotation.unreadable), total)
        return rotation

    def _count_older(self, tenants: Sequence[TenantId], newest: str) -> int:
        def count(connection: TenantConnection) -> int:
            found: int = connection.sql.exec_driver_sql(_COUNT, (connection.tenant_id, newest)).scalar_one()
            return found

        return sum(OwnTransactions(self._database, tenant_id).rehearse(count) for tenant_id in tenants)

    def _rewrap_batch(
        self, tenant_id: TenantId, after: tuple[str, UUID], rotation: Rotation
    ) -> tuple[str, UUID] | None:
        """Rewrap one batch; the place of its last secret, or None after the last batch."""

        def work(connection: TenantConnection) -> tuple[Sequence[Row[Any]], list[str]]:
            newest = rotation.key_name
            rows = lock_older_secrets(connection.sql, tenant_id, newest, after=after, limit=self._batch)
            unreadable = [text for row in rows if (text := _rewrap_row(connection, self._keys, row)) is not None]
            _record(connection, newest, len(rows) - len(unreadable), self._origin)
            return rows, unreadable

        rows, unreadable = OwnTransactions(self._database, tenant_id).run(work, resubmittable=True)
        rotation.rewrapped += len(rows) - len(unreadable)
        rotation.unreadable += unreadable
        return (rows[-1].purpose, rows[-1].owner_id) if len(rows) == self._batch else None


def _rewrap_row(connection: TenantConnection, keys: KeyEncryption, row: Row[Any]) -> str | None:
    """Store the secret's data key under the newest key; what is wrong if it cannot be read."""
    place = SecretPlace(tenant_id=connection.tenant_id, purpose=row.purpose, owner_id=row.owner_id)
    try:
        key = rewrap(keys, place, secret_of(tuple(row))).key
    except UnreadableSecretError as error:
        return str(error)
    address = (connection.tenant_id, row.purpose, row.owner_id)
    connection.sql.exec_driver_sql(_REWRAP, (key.key_name, key.content, *address))
    return None


def _record(connection: TenantConnection, key_name: str, secrets: int, origin: Origin) -> None:
    """Record how many secrets got the key in this transaction; nothing if there were none."""
    if secrets == 0:
        return
    stamp = Stamp(EventId(RandomIdentifiers().new_id()), connection.tenant_id, connection.opened_at, origin)
    facts: dict[str, CanonicalValue] = {"secrets": {"count": secrets, "key": key_name}}
    append_audit_records(connection, [make_record(stamp, Deed(SECRETS_REWRAPPED), facts, AuditContexts())])
