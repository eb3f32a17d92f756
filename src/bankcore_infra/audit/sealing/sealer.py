"""The sealer: compares each new leaf of the tenant's Merkle log with its record, then signs the state of the log.

Every step can be repeated by another process, or by this one after a crash: one transaction holds the tenant's lock,
reads the last checkpoint and the leaves since, and commits a checkpoint, or nothing. The sealer, the relay and the
event feed all give positions, so a tenant that is not sealed keeps its event feed and its consumers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bankcore.audit.checkpoints import NO_NOTE, Checkpoint, Note, log_origin, parse_note
from bankcore.audit.merkle import Frontier, leaf_hash
from bankcore.clock import instant_text
from bankcore.identifiers import IdentifierSource
from bankcore.tenancy.tenants import Tenant
from bankcore_infra.audit.recording.positions import PositionsStoppedError, new_era_needed, place_records
from bankcore_infra.audit.recording.records import append_audit_records
from bankcore_infra.audit.sealing.account_heads import heads_record
from bankcore_infra.audit.sealing.last_notes import LastNotes
from bankcore_infra.audit.sealing.locks import lock_log
from bankcore_infra.audit.sealing.sealed_log import StoredCheckpoint, StoredLog, UnsealedLeaf
from bankcore_infra.db.engine import Database
from bankcore_infra.db.session import lift_time_limit
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.keys.sealing_keys import SealingKeys

BATCH_SIZE: Final = 2_000
_RESTS: Final = 2
_SERVER: Final = """
    SELECT pg_is_in_recovery() AS is_standby, current_setting('transaction_isolation') AS isolation,
           (SELECT system_identifier FROM pg_control_system()) AS system_id
"""


class SealingRefusedError(Exception):
    """Sealing on would hide something; the message tells what, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What one step did: the newest note, and how many leaves it covers for the first time.

    `has_more` says that others' records are waiting; unless `is_done`, those do or one of the sealer's own does.
    """

    tenant: Tenant
    note: Note | None
    leaves: int
    has_more: bool
    is_done: bool


class Sealer:
    """Seals the logs of one database's tenants; any number of sealers may run."""

    def __init__(
        self, database: Database, keys: SealingKeys, notes: LastNotes, ids: IdentifierSource, *, batch: int = BATCH_SIZE
    ) -> None:
        self._database = database
        self._keys = keys
        self._notes = notes
        self._ids = ids
        self._batch = batch

    def seal(self, tenant: Tenant) -> Sealed:
        """Seal everything that is committed now, however many steps it takes.

        Raises:
            SealingRefusedError: the database is not the one the last checkpoint was made on, or not as it was then.
            UnavailableError: it cannot be reached; call again.
        """
        added, rests = 0, 0
        while True:
            step = self.seal_step(tenant)
            added += step.leaves
            # The record of the heads is sealed by the step after; more than that is the next call's work, or a busy
            # tenant would keep the others waiting.
            rests += not step.has_more
            if step.is_done or rests == _RESTS:
                return replace(step, leaves=added)

    def seal_step(self, tenant: Tenant) -> Sealed:
        """Seal one batch. Raises: as `seal`."""
        transactions = OwnTransactions(self._database, tenant.id)
        sealed = transactions.run(lambda connection: self._seal_in(connection, tenant))
        if sealed.note is not None:
            self._notes.remember(tenant.id, sealed.note)
        return sealed

    def _seal_in(self, connection: TenantConnection, tenant: Tenant) -> Sealed:
        lock_log(connection.sql, tenant.id)
        log = StoredLog(connection)
        head = log.find_head()
        system_id = self._require_same_database(connection, tenant, log, head)
        try:
            lift_time_limit(connection.sql)
            is_placed = place_records(connection, is_patient=True).is_whole
        except PositionsStoppedError as error:
            raise SealingRefusedError(f"tenant {tenant.slug}: {error}") from None
        state, start = log.find_state(), 0 if head is None else head.size
        leaves = log.unsealed(start, min(start + self._batch, state.size))
        if not leaves:
            last = None if head is None else parse_note(head.note)
            return Sealed(tenant=tenant, note=last, leaves=0, has_more=False, is_done=True)
        frontier = Frontier() if head is None else Frontier(head.size, head.frontier)
        extend(frontier, leaves, tenant)
        heads = heads_record(connection, tenant, self._ids.new_id(), leaves)
        if heads is not None:
            append_audit_records(connection, [heads])
        is_at_end = frontier.size == state.size
        upto = 0 if head is None else head.upto
        note = self._keys.sign(
            next_checkpoint(
                tenant,
                frontier,
                head,
                era=1 if head is None else head.era,
                upto=max(upto, state.upto) if is_at_end else upto,
                system_id=system_id,
                at=connection.opened_at,
            )
        )
        log.add_checkpoint(note, frontier)
        has_more = not (is_at_end and is_placed)
        return Sealed(
            tenant=tenant, note=note, leaves=len(leaves), has_more=has_more, is_done=heads is None and not has_more
        )

    def _require_same_database(
        self, connection: TenantConnection, tenant: Tenant, log: StoredLog, head: StoredCheckpoint | None
    ) -> int:
        """The identifier of the server's cluster, if this is the history that was sealed before."""
        server = connection.sql.exec_driver_sql(_SERVER).one()
        if server.is_standby:
            raise SealingRefusedError("this server is a standby: seal on the primary")
        if server.isolation != "read committed":
            raise SealingRefusedError(f"the sealer must run in READ COMMITTED, not {server.isolation.upper()}")
        require_sound_head(tenant, head, self._keys)
        require_remembered(tenant, log, head, self._notes.find(tenant.id))
        if head is not None and head.system_id != server.system_id:
            raise SealingRefusedError(f"tenant {tenant.slug}: {new_era_needed('it is a copy on another server')}")
        return int(server.system_id)


def require_sound_head(tenant: Tenant, head: StoredCheckpoint | None, keys: SealingKeys) -> None:
    """Accept a last checkpoint that is as one of our keys signed it. Raises: SealingRefusedError."""
    if head is None:
        return
    problem = head.contradiction(log_origin(tenant.id, tenant.slug))
    if problem is not None:
        raise SealingRefusedError(f"tenant {tenant.slug}: the checkpoint of size {head.size} was changed: {problem}")
    if not keys.public.have_signed(parse_note(head.note)):
        raise SealingRefusedError(
            f"tenant {tenant.slug}: none of the keys in the sealing folder signed the checkpoint of size {head.size}: "
            "either BANKCORE_SEALING_DIR is not the folder it was sealed from, or the checkpoint was changed"
        )


def require_remembered(tenant: Tenant, log: StoredLog, head: StoredCheckpoint | None, last: Note | None) -> None:
    """Accept a log that still holds the last checkpoint that we signed. Raises: SealingRefusedError."""
    if last is None:
        return
    size = last.checkpoint.size
    if head is None or head.size < size:
        found = 0 if head is None else head.size
        why = f"its log ends at {found} records, and {size} were sealed: it was rolled back"
        raise SealingRefusedError(f"tenant {tenant.slug}: {new_era_needed(why)}")
    stored = head if head.size == size else log.find_checkpoint(size)
    if stored is None or stored.note != last.text():
        raise SealingRefusedError(f"tenant {tenant.slug}: the checkpoint of size {size} is not the one that was signed")


def extend(frontier: Frontier, leaves: Iterable[UnsealedLeaf], tenant: Tenant) -> None:
    """Append the leaves, which must be dense, and the hashes of what is recorded. Raises: SealingRefusedError."""
    for leaf in leaves:
        problem = None
        if leaf.idx != frontier.size:
            problem = f"follows record {frontier.size - 1}; what was between them is gone"
        elif leaf.body is None:
            problem = f"{leaf.audit_id} is gone from the audit log"
        elif leaf_hash(leaf.body) != leaf.hash:
            problem = f"{leaf.audit_id} is not what was recorded"
        if problem is not None:
            raise SealingRefusedError(f"tenant {tenant.slug}: record {leaf.idx}: {problem}")
        frontier.append(leaf.hash)


def next_checkpoint(  # noqa: PLR0913 - a checkpoint has this many facts
    tenant: Tenant,
    frontier: Frontier,
    head: StoredCheckpoint | None,
    *,
    era: int,
    upto: int,
    system_id: int,
    at: datetime,
) -> Checkpoint:
    """The checkpoint of the log as it is now, which names the one before it."""
    return Checkpoint(
        origin=log_origin(tenant.id, tenant.slug),
        size=frontier.size,
        root=frontier.root,
        era=era,
        upto=upto,
        system=system_id,
        at=instant_text(at),
        previous=NO_NOTE if head is None else parse_note(head.note).digest,
    )
