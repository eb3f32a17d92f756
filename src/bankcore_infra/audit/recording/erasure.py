"""Erases personal data beside the audit log; every record stays, with a hash that tells nothing any more."""

from typing import Final

from bankcore.audit.actions import CONTEXT_ERASED
from bankcore.events.stamps import Stamp
from bankcore.identifiers import EventId, IdentifierSource
from bankcore.origin import Origin
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import Deed, append_audit_records, make_record
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions

_AT_ONCE: Final = 10_000
_ERASE: Final = """
    DELETE FROM bankcore.audit_context WHERE tenant_id = %(tenant)s AND id = ANY (ARRAY(
        SELECT log.context_id FROM bankcore.audit_log AS log
        WHERE log.tenant_id = %(tenant)s AND log.actor_id = %(actor)s AND EXISTS (
            SELECT FROM bankcore.audit_context AS known
            WHERE known.tenant_id = %(tenant)s AND known.id = log.context_id)
        LIMIT %(at_once)s))
"""


def erase_contexts(transactions: Transactions, ids: IdentifierSource, *, actor_id: str, origin: Origin) -> int:
    """Erase addresses and user agents of all requests of the actor. Returns how many contexts there were.

    Each step is a transaction with a record of the actor and the number. An erasure that finds nothing has a record
    too.
    """

    def erase_some(connection: TenantConnection) -> int:
        parameters = {"tenant": connection.tenant_id, "actor": actor_id, "at_once": _AT_ONCE}
        erased = connection.sql.exec_driver_sql(_ERASE, parameters).rowcount
        if erased or not in_all:
            stamp = Stamp(EventId(ids.new_id()), connection.tenant_id, connection.opened_at, origin)
            facts: dict[str, CanonicalValue] = {"erasedActor": actor_id, "contexts": erased}
            append_audit_records(connection, [make_record(stamp, Deed(CONTEXT_ERASED), facts, AuditContexts())])
        return erased

    in_all = 0
    while erased := transactions.run(erase_some, resubmittable=True):
        in_all += erased
    return in_all
