"""Records of new and retired keys of access tokens: in the log of every tenant, since they sign for users of all."""

from collections.abc import Iterable, Sequence
from functools import partial

from bankcore.actions import Action
from bankcore.events.stamps import Stamp
from bankcore.identifiers import EventId, TenantId
from bankcore.origin import Origin
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import Deed, append_audit_records, make_record
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.identifiers import RandomIdentifiers


def record_token_keys(
    database: Database, tenants: Iterable[TenantId], action: Action, names: Sequence[str], *, origin: Origin
) -> None:
    """Record what was done with the keys of these names, in one transaction for each tenant.

    Raises:
        UnavailableError: the logs of the tenants after the one that failed do not tell it.
    """
    for tenant_id in tenants:
        OwnTransactions(database, tenant_id).run(partial(_record, action, names, origin))


def _record(action: Action, names: Sequence[str], origin: Origin, connection: TenantConnection) -> None:
    stamp = Stamp(EventId(RandomIdentifiers().new_id()), connection.tenant_id, connection.opened_at, origin)
    append_audit_records(connection, [make_record(stamp, Deed(action), {"tokenKeys": list(names)}, AuditContexts())])
