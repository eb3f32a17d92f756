"""The leaves and checkpoints of one tenant's Merkle log, as they are stored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row

from bankcore.audit.checkpoints import Note, parse_note
from bankcore.audit.merkle import Frontier, LeafSpan, Subtree, consistency_spans, inclusion_spans, proof
from bankcore.identifiers import TenantId
from bankcore_infra.db import arrays
from bankcore_infra.db.tenant_connection import TenantConnection

CHECKPOINT_ROW: Final = "size, root, upto::text, system_id, era, frontier, previous_hash, note, created_at"
_HEAD: Final = f"""
    SELECT {CHECKPOINT_ROW} FROM bankcore.checkpoints WHERE tenant_id = %s
    ORDER BY tenant_id DESC, size DESC LIMIT 1
"""  # noqa: S608 - made of constants
_AT_SIZE: Final = f"""
    SELECT {CHECKPOINT_ROW} FROM bankcore.checkpoints WHERE tenant_id = %s AND size = %s
"""  # noqa: S608 - made of constants
_ADD_LEAF: Final = """
    INSERT INTO bankcore.log_leaves (tenant_id, idx, audit_id, hash, nodes) VALUES (%s, %s, %s, %s, %s::bytea[])
"""
_ADD_CHECKPOINT: Final = """
    INSERT INTO bankcore.checkpoints (tenant_id, size, root, upto, system_id, era, frontier, previous_hash, note)
    VALUES (%s, %s, %s, %s::xid8, %s, %s, %s::bytea[], %s, %s)
"""
_NODES: Final = """
    SELECT idx, hash, nodes FROM bankcore.log_leaves WHERE tenant_id = %s AND idx = ANY(%s::bigint[])
"""
# Transactions below the first number have ended. All of their records have positions, unless some still wait for one.
_STATE: Final = """
    SELECT size, CASE WHEN cardinality(waiting) > 0 THEN '0'
        ELSE least(below, (SELECT min(number) FROM unnest(in_progress) AS working (number)))::text END AS upto
    FROM bankcore.log_states WHERE tenant_id = %s
"""
_UNSEALED: Final = """
    SELECT leaf.idx, leaf.audit_id, leaf.hash, log.body
    FROM bankcore.log_leaves AS leaf
    LEFT JOIN LATERAL (
        SELECT body FROM bankcore.audit_log
        WHERE tenant_id = leaf.tenant_id AND id = leaf.audit_id LIMIT 1
    ) AS log ON true
    WHERE leaf.tenant_id = %s AND leaf.idx >= %s AND leaf.idx < %s ORDER BY leaf.tenant_id, leaf.idx
"""
_NOTES: Final = "SELECT note FROM bankcore.checkpoints WHERE tenant_id = %s ORDER BY tenant_id, size"
_PLACE: Final = "SELECT idx, hash FROM bankcore.log_leaves WHERE tenant_id = %s AND audit_id = %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCheckpoint:
    """A row of the table `checkpoints`, which is not yet compared with its note."""

    size: int
    root: bytes
    upto: int
    system_id: int
    era: int
    frontier: tuple[bytes, ...]
    previous_hash: bytes
    note: str
    created_at: datetime

    def contradiction(self, origin: str) -> str | None:
        """How the row contradicts its note or its frontier; None if they agree."""
        try:
            checkpoint = parse_note(self.note).checkpoint
            frontier_root = Frontier(self.size, self.frontier).root
        except ValueError as error:
            return str(error)
        said = (
            checkpoint.origin,
            checkpoint.size,
            checkpoint.root,
            checkpoint.upto,
            checkpoint.system,
            checkpoint.era,
            checkpoint.previous,
        )
        stored = (origin, self.size, self.root, self.upto, self.system_id, self.era, self.previous_hash)
        if said != stored:
            return "its columns are not what its note says"
        return None if frontier_root == self.root else "its frontier does not have its root"


class LogState(NamedTuple):
    """How many records have positions, among them all records of transactions before number `upto`."""

    size: int
    upto: int


class UnsealedLeaf(NamedTuple):
    """A record with a position that no checkpoint covers, and the hash it has in the log; the body as it is now."""

    idx: int
    audit_id: UUID
    hash: bytes
    body: bytes | None


class SealedLeaf(NamedTuple):
    """The index of a record in the log, and its hash there."""

    idx: int
    hash: bytes


class StoredLog:
    """One tenant's log inside one transaction."""

    def __init__(self, connection: TenantConnection) -> None:
        self._connection = connection

    def find_head(self) -> StoredCheckpoint | None:
        """The newest checkpoint; None for a log without any."""
        return self._find(_HEAD, (self._connection.tenant_id,))

    def find_checkpoint(self, size: int) -> StoredCheckpoint | None:
        """The checkpoint of exactly that size."""
        return self._find(_AT_SIZE, (self._connection.tenant_id, size))

    def find_leaf(self, audit_id: UUID) -> SealedLeaf | None:
        """The leaf of that record; None while it is not sealed."""
        row = self._connection.sql.exec_driver_sql(_PLACE, (self._connection.tenant_id, audit_id)).one_or_none()
        return None if row is None else SealedLeaf(row.idx, row.hash)

    def find_state(self) -> LogState:
        """How far positions have been given."""
        row = self._connection.sql.exec_driver_sql(_STATE, (self._connection.tenant_id,)).one_or_none()
        return LogState(0, 0) if row is None else LogState(row.size, int(row.upto))

    def unsealed(self, start: int, end: int) -> list[UnsealedLeaf]:
        """The leaves from one position up to another, with the bodies that they were made of."""
        rows = self._connection.sql.exec_driver_sql(_UNSEALED, (self._connection.tenant_id, start, end))
        return [UnsealedLeaf(*row) for row in rows]

    def add_leaf(self, audit_id: UUID, leaf: bytes, frontier: Frontier) -> None:
        """Add a leaf at the end of the log that has that frontier; only the owner of the tables may."""
        index, nodes = frontier.size, frontier.append(leaf)
        self._connection.sql.exec_driver_sql(
            _ADD_LEAF, (self._connection.tenant_id, index, audit_id, leaf, arrays.byte_strings(nodes))
        )

    def add_checkpoint(self, note: Note, frontier: Frontier) -> None:
        """Add the signed checkpoint at which the log has that frontier."""
        checkpoint = note.checkpoint
        self._connection.sql.exec_driver_sql(
            _ADD_CHECKPOINT,
            (
                self._connection.tenant_id,
                checkpoint.size,
                checkpoint.root,
                str(checkpoint.upto),
                checkpoint.system,
                checkpoint.era,
                arrays.byte_strings(frontier.hashes),
                checkpoint.previous,
                note.text(),
            ),
        )

    def frontier_at(self, size: int) -> Frontier:
        """The frontier the log had at that size."""
        subtrees = list(LeafSpan(0, size).subtrees())
        hashes = self._hashes(subtrees)
        return Frontier(size, [hashes[subtree] for subtree in subtrees])

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """The proof that leaf `index` is in the log at that size, from a few look-ups by key."""
        return self._proof(inclusion_spans(index, size))

    def consistency_proof(self, old_size: int, new_size: int) -> list[bytes]:
        """The proof that the log at the new size begins with the log at the old one."""
        return self._proof(consistency_spans(old_size, new_size))

    def _proof(self, spans: Sequence[LeafSpan]) -> list[bytes]:
        hashes = self._hashes([subtree for span in spans for subtree in span.subtrees()])
        return proof(spans, hashes.__getitem__)

    def _hashes(self, subtrees: Sequence[Subtree]) -> Mapping[Subtree, bytes]:
        """The stored hashes. A removed one is given as 32 zero bytes, which prove nothing."""
        last_leaves = arrays.integers({subtree.last_leaf for subtree in subtrees})
        rows = self._connection.sql.exec_driver_sql(_NODES, (self._connection.tenant_id, last_leaves))
        stored = {row.idx: [row.hash, *row.nodes] for row in rows}
        found = {}
        for subtree in subtrees:
            levels = stored.get(subtree.last_leaf, ())
            found[subtree] = levels[subtree.level] if subtree.level < len(levels) else bytes(32)
        return found

    def _find(self, statement: str, parameters: tuple[object, ...]) -> StoredCheckpoint | None:
        row = self._connection.sql.exec_driver_sql(statement, parameters).one_or_none()
        return None if row is None else stored_checkpoint_of(row)


def stored_checkpoint_of(row: Row[Any]) -> StoredCheckpoint:
    """The checkpoint in a row with its columns."""
    return StoredCheckpoint(
        size=row.size,
        root=row.root,
        upto=int(row.upto),
        system_id=row.system_id,
        era=row.era,
        frontier=tuple(row.frontier),
        previous_hash=row.previous_hash,
        note=row.note,
        created_at=row.created_at,
    )


def list_notes(connection: Connection, tenant_id: TenantId) -> Iterator[str]:
    """Every note of the tenant's log, by size, streamed from a transaction of its own."""
    with connection.begin():
        sql = TenantConnection(connection, tenant_id).sql
        yield from sql.exec_driver_sql(_NOTES, (tenant_id,), execution_options={"stream_results": True}).scalars()
