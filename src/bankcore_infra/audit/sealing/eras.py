"""Begins a new era of a tenant's log on a database that is not as it was last sealed, and records this."""

from typing import Final

from bankcore.audit.actions import ERA_BEGUN
from bankcore.audit.checkpoints import Note
from bankcore.audit.merkle import Frontier, leaf_hash
from bankcore.identifiers import IdentifierSource
from bankcore.tenancy.tenants import Tenant
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.positions import place_records
from bankcore_infra.audit.recording.records import append_audit_records
from bankcore_infra.audit.sealing.account_heads import system_record
from bankcore_infra.audit.sealing.last_notes import LastNotes
from bankcore_infra.audit.sealing.locks import lock_log, stop_log_writers
from bankcore_infra.audit.sealing.sealed_log import StoredCheckpoint, StoredLog
from bankcore_infra.audit.sealing.sealer import SealingRefusedError, extend, next_checkpoint, require_sound_head
from bankcore_infra.db import arrays
from bankcore_infra.db.engine import Database
from bankcore_infra.db.session import lift_time_limit
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.keys.sealing_keys import SealingKeys

_ROWS_AT_ONCE: Final = 20_000
_SYSTEM: Final = "SELECT system_identifier FROM pg_control_system()"
# Whether positions can be given here, as far as the numbers show.
_IS_AT_HOME: Final = """
    SELECT system_id = %s AND below <= pg_snapshot_xmax(pg_current_snapshot())
    FROM bankcore.log_states WHERE tenant_id = %s
"""
_SIZE: Final = """
    SELECT idx + 1 FROM bankcore.log_leaves WHERE tenant_id = %s ORDER BY tenant_id DESC, idx DESC LIMIT 1
"""
# A number below 0 means that no transaction was looked at, so that the next call looks at all records without a
# position.
_RENEW: Final = """
    INSERT INTO bankcore.log_states (tenant_id, size, frontier, below, in_progress, system_id)
    VALUES (%s, %s, %s::bytea[], '0', '{}', %s)
    ON CONFLICT ON CONSTRAINT log_states_pkey DO UPDATE
    SET size = excluded.size, frontier = excluded.frontier, below = '0', in_progress = '{}', waiting = '{}',
        served = 0, system_id = excluded.system_id
"""


class NothingToEndError(SealingRefusedError):
    """Nothing was sealed, and nothing has stopped; the message says of which tenant."""


class EraBeginner:
    """Begins eras as the owner of the tables, who alone can stop all writes to the audit log meanwhile."""

    def __init__(self, database: Database, keys: SealingKeys, notes: LastNotes, ids: IdentifierSource) -> None:
        self._database = database
        self._keys = keys
        self._notes = notes
        self._ids = ids

    def begin_era(self, tenant: Tenant, reason: str) -> Note | None:
        """Record why, with the checkpoints known until now, and seal what an earlier era left over.

        None if nothing was ever sealed: then only the positions go on.

        Raises:
            NothingToEndError: nothing was ever sealed, and this is the server on which positions were given.
            SealingRefusedError: the last checkpoint was changed, or what was recorded since.
            UnavailableError: the audit log was busy for too long; call again.
        """
        transactions = OwnTransactions(self._database, tenant.id)
        note = transactions.run(lambda connection: self._begin_in(connection, tenant, reason))
        if note is not None:
            self._notes.remember(tenant.id, note)
        return note

    def _begin_in(self, connection: TenantConnection, tenant: Tenant, reason: str) -> Note | None:
        lift_time_limit(connection.sql)
        lock_log(connection.sql, tenant.id)
        stop_log_writers(connection.sql)
        log = StoredLog(connection)
        head, last = log.find_head(), self._notes.find(tenant.id)
        system_id = int(connection.sql.exec_driver_sql(_SYSTEM).scalar_one())
        if head is None and last is None:
            if _is_at_home(connection, system_id):
                raise NothingToEndError(f"tenant {tenant.slug}: nothing was sealed yet, so there is no era to end")
            # A log that was never sealed has no eras; only its positions go on here.
            _renew(connection, _last_frontier(connection, log), system_id)
            _place_all(connection)
            return None
        require_sound_head(tenant, head, self._keys)
        self._begin_anew(connection, tenant, log, reason=reason, head=head, last=last, system_id=system_id)
        _place_all(connection)
        state = log.find_state()
        frontier = Frontier() if head is None else Frontier(head.size, head.frontier)
        while frontier.size < state.size:
            extend(frontier, log.unsealed(frontier.size, frontier.size + _ROWS_AT_ONCE), tenant)
        note = self._keys.sign(
            next_checkpoint(
                tenant,
                frontier,
                head,
                era=1 + max(head.era if head else 0, last.checkpoint.era if last else 0),
                upto=state.upto,
                system_id=system_id,
                at=connection.opened_at,
            )
        )
        log.add_checkpoint(note, frontier)
        return note

    def _begin_anew(  # noqa: PLR0913 - an era has this many sides
        self,
        connection: TenantConnection,
        tenant: Tenant,
        log: StoredLog,
        *,
        reason: str,
        head: StoredCheckpoint | None,
        last: Note | None,
        system_id: int,
    ) -> None:
        """Go on after the last leaf, with a record of why and of the checkpoints known until now."""
        frontier = _last_frontier(connection, log)
        facts: dict[str, CanonicalValue] = {
            "era": {
                "reason": reason,
                "found": None if head is None else head.note,
                "lastSigned": None if last is None else last.text(),
            }
        }
        record = system_record(connection, tenant, self._ids.new_id(), ERA_BEGUN, facts)
        append_audit_records(connection, [record])
        log.add_leaf(record.id, leaf_hash(record.body), frontier)
        _renew(connection, frontier, system_id)


def _is_at_home(connection: TenantConnection, system_id: int) -> bool:
    found: bool | None = connection.sql.exec_driver_sql(
        _IS_AT_HOME, (system_id, connection.tenant_id)
    ).scalar_one_or_none()
    return found is not False


def _last_frontier(connection: TenantConnection, log: StoredLog) -> Frontier:
    """The frontier after the last leaf there is."""
    return log.frontier_at(connection.sql.exec_driver_sql(_SIZE, (connection.tenant_id,)).scalar_one_or_none() or 0)


def _renew(connection: TenantConnection, frontier: Frontier, system_id: int) -> None:
    connection.sql.exec_driver_sql(
        _RENEW, (connection.tenant_id, frontier.size, arrays.byte_strings(frontier.hashes), system_id)
    )


def _place_all(connection: TenantConnection) -> None:
    while not place_records(connection, most=_ROWS_AT_ONCE, is_patient=True).is_whole:
        pass
