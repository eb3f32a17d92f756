"""Records the heads of the accounts that a sealed batch changed; the next step seals this record."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from bankcore.actions import Action
from bankcore.audit.actions import HEADS_SEALED
from bankcore.audit.merkle import Frontier, leaf_hash
from bankcore.events.stamps import Stamp
from bankcore.identifiers import EventId
from bankcore.origin import Origin
from bankcore.tenancy.tenants import Tenant
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.record_bodies import effects_of, find_body
from bankcore_infra.audit.recording.records import AuditRecord, Deed, make_record
from bankcore_infra.audit.sealing.sealed_log import UnsealedLeaf
from bankcore_infra.db import arrays
from bankcore_infra.db.tenant_connection import TenantConnection

SEALER: Final = Origin(actor_type="system", actor_id="sealer")
_HEADS: Final = """
    SELECT id, version, head_hash FROM bankcore.accounts WHERE tenant_id = %s AND id = ANY(%s::uuid[])
    ORDER BY id
"""


def heads_record(
    connection: TenantConnection, tenant: Tenant, record_id: UUID, records: Sequence[UnsealedLeaf]
) -> AuditRecord | None:
    """The record of the present heads of the accounts in these records, with a Merkle root over them; None if no
    account changed.

    The heads are read from the accounts, not from the records. So the stored chains are sealed, and a record that
    vanished before its seal is noticed by the head that counts its entries.
    """
    bodies = (find_body(tenant.id, record.audit_id, record.body) for record in records)
    changed = {effect.account_id for body in bodies if body is not None for effect in effects_of(body)}
    if not changed:
        return None
    rows = connection.sql.exec_driver_sql(_HEADS, (tenant.id, arrays.uuids(sorted(changed)))).all()
    frontier = Frontier()
    for row in rows:
        frontier.append(leaf_hash(row.id.bytes + row.version.to_bytes(8, "big") + row.head_hash))
    heads: list[CanonicalValue] = [[str(row.id), row.version, row.head_hash.hex()] for row in rows]
    return system_record(
        connection, tenant, record_id, HEADS_SEALED, {"heads": {"root": frontier.root.hex(), "accounts": heads}}
    )


def system_record(
    connection: TenantConnection, tenant: Tenant, record_id: UUID, action: Action, facts: dict[str, CanonicalValue]
) -> AuditRecord:
    """A record of what the sealer itself did."""
    stamp = Stamp(EventId(record_id), tenant.id, connection.opened_at, SEALER)
    return make_record(stamp, Deed(action), facts, AuditContexts())
