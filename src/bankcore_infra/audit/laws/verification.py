"""Verifies the lines of an export.

The signed log determines each line to the byte, but for a few members that are checked one by one. So no other spelling
or order and no addition passes.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import UUID

from bankcore_infra.audit.laws.books import HEAD_PATIENCE, Books
from bankcore_infra.audit.laws.checkpoint_chain import CheckpointChain
from bankcore_infra.audit.laws.columns import STATE_COLUMNS
from bankcore_infra.audit.laws.explaining import explain_line
from bankcore_infra.audit.laws.findings import SENSELESS, CannotVerifyError, Findings, LogFinding, NotAsWrittenError
from bankcore_infra.audit.laws.forms import EPOCH, base64_text, instant_of, is_id, moment_of
from bankcore_infra.audit.laws.lines import LINES, TURNS, frontier_of, header_in
from bankcore_infra.audit.laws.notes import CheckpointNote
from bankcore_infra.audit.laws.promises import Promise, Promises
from bankcore_infra.audit.laws.record_lines import RecordLines
from bankcore_infra.audit.laws.sealed_records import SealedRecords
from bankcore_infra.audit.laws.signatures import CheckpointKeys, PromiseKeys
from bankcore_infra.audit.laws.tables import Tables
from bankcore_infra.audit.laws.witness import Witness
from bankcore_infra.audit.laws.writing import document_in, written

ROWS_LEFT_OUT: Final = "the rows of the tables"


class Verification:
    """One run over an export."""

    def __init__(
        self,
        outside: list[CheckpointNote],
        keys: CheckpointKeys,
        receipts: list[tuple[str, str]] | None = None,
        promise_keys: PromiseKeys | None = None,
        *,
        origin: str | None = None,
        accepted_eras: frozenset[int] = frozenset(),
    ) -> None:
        """Verify against these checkpoints from outside and receipts by name; without any, the log with that origin.

        Losses before the accepted eras are remarks and no findings. Raises: CannotVerifyError.
        """
        self.left_out: list[str] = []
        """What the export leaves out, as far as it says so."""
        self.checkpoints = 0
        self._findings = Findings()
        self._promises = Promises(receipts or [], promise_keys, self._findings)
        self._witness = Witness(outside, keys, outside[0].origin if origin is None else origin, self._findings)
        self._accepted_eras = accepted_eras
        self._turn = 0
        self._reaches_end = True
        self._ended = self._is_counted = False
        self._digest = hashlib.sha256()
        self._readers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "checkpoint": self._read_checkpoint,
            "later": self._read_later,
            "earlier": self._read_earlier,
            "unsealed": self._read_unsealed,
            "account": self._read_account,
            "unknown": self._read_unknown,
            "tables": self._read_tables,
            "end": self._read_end,
        }

    @property
    def findings(self) -> list[LogFinding]:
        """What is not as it was sealed, in the order in which it was found."""
        return self._findings.found

    @property
    def remarks(self) -> list[str]:
        """Losses before accepted eras, which are no findings."""
        return self._chain.remarks

    @property
    def records(self) -> int:
        """How many sealed records were read."""
        return self._log.count

    @property
    def pending(self) -> int:
        """How many records are too new to be sealed."""
        return self._pending if self._ended else self._records.pending

    def run(self, lines: Iterator[bytes]) -> None:
        """Read the whole export. Raises: CannotVerifyError."""
        first = next(lines, b"")
        header = header_in(first)
        self._begin(header)
        self._digest.update(first)
        if written(header) != first:
            self._findings.report("edited", "the header", "is not written as an export writes it")
        for number, line in enumerate(lines, start=2):
            try:
                self._read_line(line)
            except SENSELESS as error:
                why = f": it {error}" if isinstance(error, NotAsWrittenError) else ""
                place = f"line {number} of the export"
                self._findings.report_recent("edited", place, f"is none that an export has{why}")
        self._finish()

    def _begin(self, header: dict[str, Any]) -> None:
        origin, start, tenant = self._witness.origin, header["start"], header["tenant"]
        if header["origin"] != origin:
            raise CannotVerifyError(f"the export is of {header['origin']}, the checkpoint of {origin}")
        self._start: int = start
        self._tenant: str = tenant
        self._started_at, self._exported_at = moment_of(header["startedAt"]), moment_of(header["exportedAt"])
        self._log = SealedRecords(frontier_of(start, header), header["end"], self._findings)
        self._chain = CheckpointChain(start, self._witness, self._findings, self._accepted_eras)
        self._books = Books(UUID(tenant), self._findings, starts_at_zero=start == 0)
        self._tables = Tables(self._books, self._findings)
        self._has_rows: bool = header["rows"]
        records = self._records = RecordLines(
            tenant,
            self._findings,
            log=self._log,
            chain=self._chain,
            books=self._books,
            tables=self._tables if self._has_rows else None,
            promises=self._promises,
        )
        self._readers |= {"record": records.read, "pending": records.read_pending}
        if not self._has_rows:
            self.left_out.append(ROWS_LEFT_OUT)
        if start:
            self.left_out.append(f"the records before {start}")
        is_sound = (start == 0) == (header["startedAt"] is None) and start <= header["end"]
        if not is_sound or header["type"] != "header" or not origin.endswith(f"/{tenant}"):
            self._findings.report("edited", "the header", "contradicts itself")
        self._take_up(start, header["startedAt"] or "")
        self._witness.root_that_counts(start, self._log.frontier.root)
        self._promises.require_log(origin)

    def _read_line(self, raw: bytes) -> None:
        if self._ended:
            raise NotAsWrittenError("stands after the end")
        line = document_in(raw.removesuffix(b"\n"))
        kind = str(line.get("type"))
        shape = LINES.get(kind)
        if kind != "end":
            self._digest.update(raw)
        if shape is None:
            raise NotAsWrittenError("has no type that a line has")
        if kind != "record":
            shape.require(line)
        if (turn := TURNS[kind]) or self._turn:
            self._require_turn(kind, turn)
        said = self._readers.get(kind, self._read_row)(line)
        if written(said) != raw:
            explain_line(self._findings, line, said, self._records.last_at)

    def _require_turn(self, kind: str, turn: int) -> None:
        """Require that lines come in their order, and rows only in an export that has rows and reaches the end of
        the log.
        """
        if turn < self._turn or (turn == self._turn == TURNS["tables"]):
            self._findings.report_recent("reordered", f"a line of type {kind}", "stands out of its place")
        self._turn = turn
        if TURNS["account"] <= turn <= TURNS["tables"] and not (self._has_rows and self._reaches_end):
            self._findings.report("inserted", f"a line of type {kind}", "belongs to no export of this kind")

    def _read_account(self, line: dict[str, Any]) -> dict[str, Any]:
        row = self._row_of(line)
        return {"type": "account", "row": self._tables.standing(row, starts_at_zero=self._start == 0)}

    def _read_row(self, line: dict[str, Any]) -> dict[str, Any]:
        kind, row = line["type"], self._row_of(line)
        return {"type": kind, "row": self._tables.others.take(kind, row, starts_at_zero=self._start == 0)}

    def _row_of(self, line: dict[str, Any]) -> list[Any]:
        row: list[Any] = line["row"]
        if len(row) != len(STATE_COLUMNS[line["type"]]) or not is_id(row[0]):
            raise NotAsWrittenError("has a row that is none")
        return row

    def _read_unknown(self, line: dict[str, Any]) -> dict[str, Any]:
        self._findings.report("inserted", line["place"], "the log has no record of it")
        return line

    def _read_tables(self, line: dict[str, Any]) -> dict[str, Any]:
        self._is_counted = True
        if self._start == 0:
            self._tables.require_counts(line)
        return line

    def _read_checkpoint(self, line: dict[str, Any]) -> dict[str, Any]:
        self.checkpoints += 1
        try:
            note = CheckpointNote.parse(line["note"])
            taken_up = frontier_of(note.size, line)
        except CannotVerifyError:
            place = f"checkpoint after record {self._log.expected - 1}"
            self._findings.report_recent("edited", place, "is none")
            return line
        self._require_note(note)
        self._chain.follow(note, self._log.interval)
        root = self._witness.root_that_counts(note.size, note.root)
        if self._log.close_interval(note, taken_up, root):
            self._take_up(note.size, note.moment)
        row = [note.size, base64_text(note.root), note.upto, note.system, note.era]
        said = {"type": "checkpoint", "note": note.text, "frontier": line["frontier"]}
        return {**said, "row": [*row, base64_text(note.previous), note.moment]} if self._has_rows else said

    def _read_later(self, line: dict[str, Any]) -> dict[str, Any]:
        """Read a later checkpoint, with the proof that its log begins with the records of the export."""
        if self._reaches_end:
            self.left_out.append(f"the records from {self._log.frontier.size} on")
        self._reaches_end = False
        note = CheckpointNote.parse(line["note"])
        self._require_note(note)
        self._log.require_in(note.size, (self._witness.meet(note.size) or note).root, line["proof"])
        return line

    def _read_earlier(self, line: dict[str, Any]) -> dict[str, Any]:
        """Read the proof that the first checkpoint of the export follows an older one from outside."""
        note = self._witness.meet(line["size"])
        if note is not None and not self._log.begins_with(note, line["proof"]):
            problem = "the export does not continue the checkpoint that was kept outside"
            self._findings.report("forged", f"records before {self._start}", problem, f"since {note.moment}")
        return line

    def _read_unsealed(self, line: dict[str, Any]) -> dict[str, Any]:
        problem = f"was never sealed, though records up to transaction {line['upto']} were"
        self._findings.report("inserted", f"record {line['id']} of transaction {line['xid']}", problem)
        return line

    def _read_end(self, line: dict[str, Any]) -> dict[str, Any]:
        if line["pending"] != self._records.pending and self._reaches_end:
            problem = f"says {line['pending']} new records and has {self._records.pending}"
            self._findings.report("cut off", "the export", problem)
        if line["records"] != self.records:
            problem = f"says {line['records']} records and has {self.records}"
            self._findings.report("cut off", "the export", problem)
        if line["sha256"] != self._digest.hexdigest():
            self._findings.report("edited", "the export", "is not made of the bytes that were exported")
        self._ended, self._pending = True, int(line["pending"])
        return line

    def _finish(self) -> None:
        self._log.require_end(has_end=self._ended, needs_records=self._witness.has_notes)
        for note in self._witness.unmet():
            self._miss(note)
        self._books.finish(self._records.last_at, is_whole=self._reaches_end)
        if self._has_rows and self._reaches_end:
            self._tables.others.finish(self._exported_at)
            if not self._is_counted:
                self._findings.report("cut off", "the rows of the tables", "are not all in the export")
        for kept in (self._tables.others, self._books.chains.standings, self._chain):
            kept.close()
        untold = self._promises.finish(self._can_hold)
        if untold is not None and not self.findings:
            raise CannotVerifyError(f"{untold}: verify it with an export of all records, made after it was given")

    def _miss(self, note: CheckpointNote) -> None:
        """Report a checkpoint from outside that the export does not have. Raises: CannotVerifyError."""
        size = self._log.frontier.size
        if note.size > size:
            problem = f"the checkpoint of {note.moment} covers {note.size} records, the export has {size}"
            self._findings.report_recent("cut off", f"after record {size - 1}", problem)
        elif note.size < self._start:
            raise CannotVerifyError(f"no proof for checkpoint {note.size}: export again with it as --checkpoint")
        else:
            problem = "was kept outside, and is not in the export"
            self._findings.report("deleted", f"checkpoint {note.size}", problem)

    def _can_hold(self, receipt: Promise) -> bool:
        """Whether the record must be in the export: it was there when the export was made, and belongs to its period.

        A record is sealed after all older transactions have ended, so the end of a part is not sharp.
        """
        last = self._chain.last
        sealed_at = EPOCH if last is None else moment_of(last.moment)
        until = max(sealed_at, self._exported_at) if self._reaches_end else sealed_at - HEAD_PATIENCE
        return self._started_at < instant_of(receipt.posted_at) and receipt.issued <= until

    def _require_note(self, note: CheckpointNote) -> None:
        self._witness.require_signature(note, f"checkpoint {note.size}")
        if not note.is_plain:
            self._findings.report_recent("edited", f"checkpoint {note.size}", "its note says more than was signed")

    def _take_up(self, size: int, moment: str) -> None:
        """Go on from that checkpoint: the records before it are as signed, and later ones are not known to be sound."""
        since = f"since checkpoint {size} of {moment}" if size else "since the beginning of the log"
        self._findings.since = since

    def summary(self) -> str:
        """What was looked at, in one line."""
        books = f"{self._books.transactions} transactions and {self._books.entries} entries recomputed"
        tables = " and compared with the tables" if self._has_rows else ", the tables not compared"
        newer = f", {self.pending} newer records not sealed yet" if self.pending else ""
        kept = f", {self._promises.kept} receipts kept" if self._promises.kept else ""
        return f"{self.records} records, {self.checkpoints} checkpoints, {books}{tables}{newer}{kept}"
