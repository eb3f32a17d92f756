"""The heads of the accounts that a sealed batch changed, as a record of their own, which the next step seals."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from bankcore.audit.merkle import Frontier, leaf_hash
from bankcore.origin import Origin
from bankcore.tenancy.tenants import Tenant
from bankcore_infra.audit.canonical import CanonicalValue, canonical_bytes, instant_text
from bankcore_infra.audit.records import AuditRecord
from bankcore_infra.audit.sealed_log import UnsealedLeaf
from bankcore_infra.db import arrays
from bankcore_infra.db.tenant_connection import TenantConnection

SEALER: Final = Origin(actor_type="system", actor_id="sealer")
_CHANGING: Final = frozenset({"transaction.posted"})
_HEADS: Final = """
    SELECT id, version, head_hash FROM bankcore.accounts WHERE tenant_id = %s AND id = ANY(%s::uuid[])
    ORDER BY id
"""


def heads_record(
    connection: TenantConnection, tenant: Tenant, record_id: UUID, records: Sequence[UnsealedLeaf]
) -> AuditRecord | None:
    """Where the accounts of these records stand now, with a Merkle root over them; None if no account changed.

    They are read from the accounts themselves, not from the records: so the chains in the books are sealed as they are
    stored, and a record that vanished before it was sealed is missed by the head that counts it.
    """
    changed = {account for record in records if record.action in _CHANGING for account in record.account_ids}
    if not changed:
        return None
    rows = connection.sql.exec_driver_sql(_HEADS, (tenant.id, arrays.uuids(sorted(changed)))).all()
    frontier = Frontier()
    for row in rows:
        frontier.append(leaf_hash(row.id.bytes + row.version.to_bytes(8, "big") + row.head_hash))
    heads: list[CanonicalValue] = [[str(row.id), row.version, row.head_hash.hex()] for row in rows]
    return system_record(
        connection, tenant, record_id, "heads.sealed", {"heads": {"root": frontier.root.hex(), "accounts": heads}}
    )


def system_record(
    connection: TenantConnection, tenant: Tenant, record_id: UUID, action: str, facts: dict[str, CanonicalValue]
) -> AuditRecord:
    """A record of what the sealer itself did."""
    at = connection.opened_at
    body = canonical_bytes(
        {
            "id": str(record_id),
            "tenant": str(tenant.id),
            "at": instant_text(at),
            "action": action,
            "outcome": "success",
            "actor": {"type": SEALER.actor_type, "id": SEALER.actor_id},
            "request": None,
            **facts,
        }
    )
    return AuditRecord(record_id, at, action, "success", SEALER, None, [], body)
