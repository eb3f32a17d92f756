"""Writes a tenant's sealed log as lines of JSON for the verifier; streamed, so that its size costs no memory.

The frontier before the first record, all leaves, and the proof that the last checkpoint follows: together they prove
each record's inclusion at its index. `each_proof` adds a proof of its own to every line, for handing out single lines.
The rows of the tables stand beside the bodies, so that the file alone shows what was changed in the books.
"""

from base64 import b64encode
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Row

from bankcore.audit.checkpoints import log_origin
from bankcore.clock import instant_text, require_period
from bankcore.tenancy.tenants import Tenant
from bankcore_infra.audit.laws.lines import FORMAT
from bankcore_infra.audit.laws.writing import written
from bankcore_infra.audit.sealing.sealed_log import CHECKPOINT_ROW, StoredCheckpoint, StoredLog, stored_checkpoint_of
from bankcore_infra.audit.verifying.table_rows import TableRows
from bankcore_infra.db.session import lift_time_limit
from bankcore_infra.db.tenant_connection import TenantConnection

_ROWS_AT_ONCE: Final = 1_000
_STREAMED: Final = {"stream_results": True, "max_row_buffer": _ROWS_AT_ONCE}
# A record is sealed after its transaction, which is bounded in time, has ended.
_SEALED_WITHIN: Final = timedelta(minutes=1)
_START: Final = """
    SELECT size, created_at FROM bankcore.checkpoints WHERE tenant_id = %s AND created_at < %s
    ORDER BY tenant_id DESC, created_at DESC LIMIT 1
"""
_END: Final = """
    SELECT size FROM bankcore.checkpoints WHERE tenant_id = %s AND created_at >= %s
    ORDER BY tenant_id, created_at LIMIT 1
"""
_RECORD: Final = """
    log.xid::text, log.at, log.action, log.outcome, log.actor_type, log.actor_id, log.subject_id, log.account_ids,
    log.request_id, log.context_id, log.body
"""
_LEAVES: Final = f"""
    SELECT leaf.idx, leaf.hash, leaf.nodes, leaf.audit_id, {_RECORD} FROM bankcore.log_leaves AS leaf
    LEFT JOIN bankcore.audit_log AS log ON log.tenant_id = leaf.tenant_id AND log.id = leaf.audit_id
    WHERE leaf.tenant_id = %s AND leaf.idx >= %s AND (leaf.idx < %s OR leaf.idx >= %s)
    ORDER BY leaf.tenant_id, leaf.idx
"""  # noqa: S608 - made of constants
_CHECKPOINTS: Final = f"""
    SELECT {CHECKPOINT_ROW} FROM bankcore.checkpoints
    WHERE tenant_id = %s AND size > %s AND size <= %s ORDER BY tenant_id, size
"""  # noqa: S608 - made of constants
_UNSEALED: Final = f"""
    SELECT log.xid < %s::xid8 AND leaf.idx IS NULL AS is_late, log.id AS audit_id, {_RECORD}
    FROM bankcore.audit_log AS log
    LEFT JOIN bankcore.log_leaves AS leaf ON leaf.tenant_id = log.tenant_id AND leaf.audit_id = log.id
    WHERE log.tenant_id = %s AND (leaf.idx IS NULL OR leaf.idx >= %s)
    ORDER BY leaf.idx, log.at, log.xid, log.id
"""  # noqa: S608 - made of constants
_UNSEALED_MAX: Final = 1_000
_LAST: Final = 2**63 - 1


class NothingSealedError(Exception):
    """The tenant has no checkpoint yet, so there is nothing to export; the message names the tenant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What to export: the records of a time, by default all; `sizes` are checkpoints to prove it against.

    `log_only` leaves out the rows of the tables: changes beside the log are then found only in the database.
    """

    since: datetime | None = None
    until: datetime | None = None
    sizes: Sequence[int] = ()
    each_proof: bool = False
    log_only: bool = False

    def __post_init__(self) -> None:
        """Refuse times without an offset from UTC; InvalidRequestError."""
        require_period(self.since, self.until)


class LogExport:
    """An export of one tenant's log, read in one snapshot as the auditor."""

    def __init__(
        self,
        connection: Connection,
        tenant: Tenant,
        request: ExportRequest,
        *,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:
        """Read on that connection, in one transaction of `lines`; `on_progress` gets records done and in total."""
        self._sql = connection.execution_options(isolation_level="REPEATABLE READ")
        self._tenant = tenant
        self._request = request
        self._on_progress = on_progress
        self._rows: TableRows | None = None

    def lines(self) -> Iterator[bytes]:
        """The lines of the file. Raises: NothingSealedError."""
        return self._lines_from(require_sealed=True)

    def lines_even_unsealed(self) -> Iterator[bytes]:
        """The same lines; for a log that was never sealed, its new records."""
        return self._lines_from(require_sealed=False)

    def _lines_from(self, *, require_sealed: bool) -> Iterator[bytes]:
        with self._sql.begin():
            lift_time_limit(self._sql)
            self._sql.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            connection = TenantConnection(self._sql, self._tenant.id)
            self._rows = None if self._request.log_only else TableRows(connection)
            log = StoredLog(connection)
            head = log.find_head()
            if head is None and require_sealed:
                raise NothingSealedError(f"tenant {self._tenant.slug}: nothing is sealed yet")
            digest = sha256()
            counts = yield from _written(self._documents(connection, log, head), digest.update)
            yield written({"type": "end", **counts, "sha256": digest.hexdigest()})

    def _documents(
        self, connection: TenantConnection, log: StoredLog, head: StoredCheckpoint | None
    ) -> Generator[dict[str, object], None, dict[str, int]]:
        """Yield all documents but the last; return the numbers of records for that one."""
        start, started_at = self._start(connection)
        size = 0 if head is None else head.size
        end = self._end(connection, size)
        yield {
            "type": "header",
            "format": FORMAT,
            "origin": log_origin(self._tenant.id, self._tenant.slug),
            "tenant": str(self._tenant.id),
            "start": start,
            "startedAt": started_at,
            "exportedAt": instant_text(connection.opened_at),
            "end": end,
            "rows": self._rows is not None,
            "frontier": _texts(log.frontier_at(start).hashes),
        }
        is_whole = end == size
        # No record should stand beyond the last position. If one does, the export shows it.
        beyond = max(size, log.find_state().size) if is_whole else _LAST
        written = yield from self._records(connection, log, start, end, beyond=beyond)
        if head is not None and end < size:
            yield {"type": "later", "note": head.note, "proof": _texts(log.consistency_proof(end, head.size))}
        for wanted in self._request.sizes:
            if end < wanted < size and (stored := log.find_checkpoint(wanted)) is not None:
                yield {"type": "later", "note": stored.note, "proof": _texts(log.consistency_proof(end, wanted))}
            elif 0 < wanted <= start:
                yield {"type": "earlier", "size": wanted, "proof": _texts(log.consistency_proof(wanted, end))}
        upto = 0 if head is None else head.upto
        pending = yield from self._unsealed(connection, upto, size, is_whole=is_whole)
        if self._rows is not None and is_whole:
            yield from self._rows.after_all()
        return {"records": written, "pending": pending}

    def _records(
        self, connection: TenantConnection, log: StoredLog, start: int, end: int, *, beyond: int
    ) -> Generator[dict[str, object], None, int]:
        """Yield the records with the checkpoints between them, and those from `beyond` on. Returns how many records."""
        written = 0
        checkpoints = self._stream(connection, _CHECKPOINTS, (self._tenant.id, start, end))
        following = next(checkpoints, None)
        leaves = self._stream(connection, _LEAVES, (self._tenant.id, start, end, beyond))
        for line, row in self._lines(leaves, _record_line):
            while following is not None and following.size <= row.idx:
                yield self._checkpoint_line(stored_checkpoint_of(following))
                following = next(checkpoints, None)
            if self._request.each_proof and row.idx < end:
                line["proof"] = _texts(log.inclusion_proof(row.idx, end))
            yield line
            written += 1
            if written % _ROWS_AT_ONCE == 0:
                self._on_progress(written, end - start)
        while following is not None:
            yield self._checkpoint_line(stored_checkpoint_of(following))
            following = next(checkpoints, None)
        self._on_progress(end - start, end - start)
        return written

    def _lines(
        self, rows: Iterator[Row[Any]], line_of: Callable[[Row[Any]], dict[str, object]]
    ) -> Iterator[tuple[dict[str, object], Row[Any]]]:
        """The lines of the records in these rows, with the rows of their subjects."""
        while batch := list(islice(rows, _ROWS_AT_ONCE)):
            lines = [line_of(row) for row in batch]
            if self._rows is not None:
                self._rows.add_to(lines, batch)
            yield from zip(lines, batch, strict=True)

    def _unsealed(
        self, connection: TenantConnection, upto: int, size: int, *, is_whole: bool
    ) -> Generator[dict[str, object], None, int]:
        """Yield records that sealing passed by, which somebody must have added, and new ones that are not sealed yet.

        Returns how many are new. An export that reaches the last checkpoint has them too, because the books include
        them.
        """
        pending = late = 0
        rows = self._stream(connection, _UNSEALED, (str(upto), self._tenant.id, size))
        for line, row in self._lines(rows, _pending_line):
            if not row.is_late:
                pending += 1
                if is_whole:
                    yield line
            elif (late := late + 1) <= _UNSEALED_MAX:
                yield {"type": "unsealed", "id": str(row.audit_id), "xid": int(row.xid), "upto": upto}
        return pending

    def _checkpoint_line(self, stored: StoredCheckpoint) -> dict[str, object]:
        line: dict[str, object] = {"type": "checkpoint", "note": stored.note, "frontier": _texts(stored.frontier)}
        if self._rows is None:
            return line
        root, previous = _texts([stored.root, stored.previous_hash])
        columns = [stored.size, root, stored.upto, stored.system_id, stored.era, previous]
        return {**line, "row": [*columns, instant_text(stored.created_at)]}

    def _start(self, connection: TenantConnection) -> tuple[int, str | None]:
        if self._request.since is None:
            return 0, None
        row = connection.sql.exec_driver_sql(_START, (self._tenant.id, self._request.since)).one_or_none()
        return (0, None) if row is None else (row.size, instant_text(row.created_at))

    def _end(self, connection: TenantConnection, newest: int) -> int:
        if self._request.until is None:
            return newest
        size: int | None = connection.sql.exec_driver_sql(
            _END, (self._tenant.id, self._request.until + _SEALED_WITHIN)
        ).scalar_one_or_none()
        return newest if size is None else size

    def _stream(
        self, connection: TenantConnection, statement: str, parameters: tuple[object, ...]
    ) -> Iterator[Row[Any]]:
        return iter(connection.sql.exec_driver_sql(statement, parameters, execution_options=_STREAMED))


def _written(
    documents: Generator[dict[str, object], None, dict[str, int]], on_line: Callable[[bytes], None]
) -> Generator[bytes, None, dict[str, int]]:
    """Yield the documents as lines and count them into the end. Returns the documents' result."""
    while True:
        try:
            line = written(next(documents))
        except StopIteration as ended:
            counts: dict[str, int] = ended.value
            return counts
        on_line(line)
        yield line


def _record_line(row: Row[Any]) -> dict[str, object]:
    return {
        "type": "record",
        "i": row.idx,
        "id": str(row.audit_id),
        "xid": 0 if row.xid is None else int(row.xid),
        "leaf": b64encode(row.hash).decode(),
        "nodes": _texts(row.nodes),
        **_body(row.body),
    }


def _pending_line(row: Row[Any]) -> dict[str, object]:
    return {"type": "pending", "id": str(row.audit_id), "xid": int(row.xid), **_body(row.body)}


def _body(body: bytes | None) -> dict[str, object]:
    if body is None:
        return {}
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body64": b64encode(body).decode()}


def _texts(hashes: Sequence[bytes]) -> list[str]:
    return [b64encode(value).decode() for value in hashes]
