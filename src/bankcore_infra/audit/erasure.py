"""Erasing personal data from beside the audit log; every record stays, with a hash that says nothing any more."""

from typing import Final

from sqlalchemy import text

from bankcore.audit.actions import CONTEXT_ERASED
from bankcore.identifiers import EventId, IdentifierSource
from bankcore.ledger.events import Stamp
from bankcore.origin import Origin
from bankcore_infra.audit.canonical import CanonicalValue
from bankcore_infra.audit.context import AuditContexts
from bankcore_infra.audit.records import Deed, append_audit_records, make_record
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions

_AT_ONCE: Final = 10_000
_ERASE: Final = text("""
    DELETE FROM bankcore.audit_context WHERE tenant_id = :tenant AND id = ANY (ARRAY(
        SELECT log.context_id FROM bankcore.audit_log AS log
        WHERE log.tenant_id = :tenant AND log.actor_id = :actor AND EXISTS (
            SELECT FROM bankcore.audit_context AS known
            WHERE known.tenant_id = :tenant AND known.id = log.context_id)
        LIMIT :at_once))
""")


def erase_contexts(transactions: Transactions, ids: IdentifierSource, *, actor_id: str, origin: Origin) -> int:
    """Erase addresses and user agents of all that the actor asked for; how many contexts that were.

    The erasure is a record too, with the actor and the number.
    """
    erased = 0
    while done := transactions.run(lambda connection: _erase_some(connection, actor_id), resubmittable=True):
        erased += done

    def write_down(connection: TenantConnection) -> None:
        stamp = Stamp(EventId(ids.new_id()), connection.tenant_id, connection.opened_at, origin)
        facts: dict[str, CanonicalValue] = {"erasedActor": actor_id, "contexts": erased}
        deed = Deed(CONTEXT_ERASED)
        append_audit_records(connection, [make_record(stamp, deed, facts, AuditContexts())])

    transactions.run(write_down)
    return erased


def _erase_some(connection: TenantConnection, actor_id: str) -> int:
    parameters = {"tenant": connection.tenant_id, "actor": actor_id, "at_once": _AT_ONCE}
    return connection.sql.execute(_ERASE, parameters).rowcount
