"""The records of an export as leaves of the log's Merkle tree."""

from base64 import b64decode
from typing import NamedTuple

from bankcore.audit.merkle import Frontier, included_root, is_consistent
from bankcore_infra.audit.laws.findings import Findings
from bankcore_infra.audit.laws.forms import span_text
from bankcore_infra.audit.laws.notes import CheckpointNote


class LeafLine(NamedTuple):
    """A record since the last checkpoint: its place, its transaction number and id, whether its body is there."""

    place: int
    order: tuple[int, str]
    has_body: bool


class SealedRecords:
    """The sealed records in their order, beginning at the frontier before the first one."""

    def __init__(self, frontier: Frontier, end: int, findings: Findings) -> None:
        self.frontier = frontier
        self.expected = frontier.size
        """The index of the record that comes next."""
        self.count = 0
        self.interval: list[LeafLine] = []
        """The records since the last checkpoint."""
        self.sound = 0
        """How many records are known to be as they were signed."""
        self._end = end
        self._findings = findings
        self._proofs = 0
        self._proven: set[bytes] = set()

    def add(self, leaf: LeafLine, sealed: bytes) -> tuple[bytes, ...]:
        """Follow the next record, by its sealed hash. Returns the hashes of the subtrees that it completes."""
        index = leaf.place
        if index > self.expected:
            place = span_text(self.expected, index)
            self._findings.report_recent("deleted", place, "not in the export")
        elif index < self.expected:
            self._findings.report("reordered", f"record {index}", f"stands after record {self.expected - 1}")
        self.expected = index + 1
        self.count += 1
        self.interval.append(leaf)
        return self.frontier.append(sealed)

    def require_inclusion(self, index: int, leaf: bytes, path: list[str]) -> None:
        """Require that the proof of a single record leads to the root of the export's end, like all others."""
        root = included_root(leaf, index, self._end, list(map(b64decode, path)))
        if root is None or (self._proven and root not in self._proven):
            self._findings.report_recent("edited", f"record {index}", "its proof does not lead to the root of the log")
        else:
            self._proven.add(root)
        self._proofs += 1

    def close_interval(self, note: CheckpointNote, taken_up: Frontier, root: bytes) -> bool:
        """Compare the records with a checkpoint, which must have this root. Returns whether the log is taken up from
        it.

        After a difference the log is taken up again at the checkpoint, so that one fault is reported once.
        """
        if taken_up.root != note.root:
            problem = "the frontier beside it does not have its root"
            self._findings.report_recent("edited", f"checkpoint {note.size}", problem)
        if note.size != self.frontier.size or self.frontier.root != root:
            self._explain_interval(note)
        self.expected = max(self.expected, note.size)
        self.interval.clear()
        if taken_up.root != root:
            return False
        self.frontier, self.sound = taken_up, note.size
        return True

    def require_in(self, size: int, root: bytes, path: list[str]) -> None:
        """Require a proof that the log of that size and root begins with these records."""
        known = self.frontier
        if not is_consistent(known.size, known.root, size, root, list(map(b64decode, path))):
            place = f"records {self.sound} to {known.size - 1}"
            self._findings.report_recent("edited", place, f"are not in checkpoint {size}")

    def begins_with(self, note: CheckpointNote, path: list[str]) -> bool:
        """Whether the proof shows that these records begin with those of the checkpoint."""
        known = self.frontier
        return is_consistent(note.size, note.root, known.size, known.root, list(map(b64decode, path)))

    def require_end(self, *, has_end: bool, needs_records: bool) -> None:
        """Require that the records end where the export says, at a checkpoint."""
        size = self.frontier.size
        if not has_end:
            self._findings.report("cut off", f"after record {self.expected - 1}", "the export has no end")
        elif self.interval:
            place = span_text(self.interval[0].place, self.interval[-1].place + 1)
            self._findings.report_recent("inserted", place, "no checkpoint covers them")
        elif size != self._end:
            problem = f"says that its records end at {self._end}, and they end at {size}"
            self._findings.report("cut off", "the export", problem)
        if size == 0 and needs_records:
            self._findings.report("cut off", "the export", "has no sealed record")
        if self._proofs not in {0, self.count} or self._proven - {self.frontier.root}:
            problem = "do not all have a proof that leads to the root of the log"
            self._findings.report("edited", "the records", problem)

    def _explain_interval(self, note: CheckpointNote) -> None:
        """Report how the records since the last sound checkpoint differ from those that were sealed."""
        place = span_text(self.sound, note.size)
        between = f"{self._findings.since}, before checkpoint {note.size} of {note.moment}"
        wanted, found = note.size - self.sound, len(self.interval)
        if found != wanted:
            kind, verb = ("deleted", "lost") if found < wanted else ("inserted", "added")
            self._findings.report(kind, place, f"{abs(wanted - found)} of {wanted} records were {verb}", between)
            return
        self._findings.report("edited", place, "are not the records that were sealed", between)
