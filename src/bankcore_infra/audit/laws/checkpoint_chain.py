"""How checkpoints follow each other: predecessors, the order of commits, and eras."""

import hashlib
from typing import Any

from bankcore_infra.audit.laws.findings import Findings, LogFinding
from bankcore_infra.audit.laws.notes import CheckpointNote
from bankcore_infra.audit.laws.sealed_records import LeafLine
from bankcore_infra.audit.laws.stores import Store
from bankcore_infra.audit.laws.witness import Witness


class CheckpointChain:
    """The checkpoints of an export, one after another."""

    def __init__(self, start: int, witness: Witness, findings: Findings, accepted_eras: frozenset[int]) -> None:
        self.last: CheckpointNote | None = None
        self.remarks: list[str] = []
        """Losses before accepted eras, which are no findings."""
        self._start = start
        self._witness = witness
        self._findings = findings
        self._accepted_eras = accepted_eras
        self._begun: tuple[int, dict[str, Any]] | None = None
        self._roots = Store()

    def begin_era(self, index: int, body: dict[str, Any]) -> None:
        """Remember the record that tells why an era begins with the next checkpoint."""
        self._begun = index, body

    def follow(self, note: CheckpointNote, interval: list[LeafLine]) -> None:
        """Compare a checkpoint with the one before it, and with the records between them. Raises: SENSELESS."""
        self._require_commit_order(note, interval)
        self._require_era(note)
        self._require_order(note)

    def close(self) -> None:
        """Remove what was written."""
        self._roots.close()

    def _require_commit_order(self, note: CheckpointNote, interval: list[LeafLine]) -> None:
        """Within an era, a transaction that ended before a checkpoint has no records after it."""
        last = self.last
        is_first = self._start == 0 and last is None and note.era == 1
        if not is_first and (last is None or last.era != note.era):
            return
        first = 0 if last is None else last.upto
        for record in interval:
            if record.has_body and record.order[0] < first:
                problem = f"its transaction number {record.order[0]} has no place there"
                self._findings.report_recent("edited", f"record {record.place} ({record.order[1]})", problem)

    def _require_era(self, note: CheckpointNote) -> None:
        """An era begins with a record that tells why and what was signed last, so that losses before it are
        reported.
        """
        begun, self._begun = self._begun, None
        last_era = self.last.era if self.last is not None else 1 if self._start == 0 else None
        if last_era is not None and (note.era > last_era) != (begun is not None):
            problem = "begins an era without a record of it" if begun is None else "goes on, though an era is begun"
            self._findings.report_recent("contradiction", f"checkpoint {note.size}", problem)
        if begun is None:
            return
        index, body = begun
        found, signed = (
            None if text is None else CheckpointNote.parse(text)
            for text in (body["era"]["found"], body["era"]["lastSigned"])
        )
        known = None if self.last is None else self.last.text
        if (self.last is not None or self._start == 0) and (None if found is None else found.text) != known:
            problem = "names another checkpoint as the one that its era was begun after"
            self._findings.report_recent("contradiction", f"record {index}", problem)
        if signed is not None:
            place = f"the checkpoint that record {index} names as signed last"
            self._witness.require_signature(signed, place)
        loss = self._loss(found, signed)
        if loss is not None:
            self._tell_loss(note.era, loss, f"begun at {body['at']}: {body['era']['reason']}")

    def _tell_loss(self, era: int, loss: str, since: str) -> None:
        if era in self._accepted_eras:
            self.remarks.append(f"accepted: {LogFinding('lost', f'era {era}', loss, since)}")
        else:
            self._findings.report("lost", f"era {era}", loss, since)

    def _loss(self, found: CheckpointNote | None, signed: CheckpointNote | None) -> str | None:
        """What an era has lost: signed records, or the knowledge of how many there were; None for nothing."""
        size = 0 if found is None else found.size
        if signed is None:
            return f"began with {size} sealed records; nobody remembered what was signed last, so more may be lost"
        if signed.size > size:
            return (
                f"{signed.size - size} sealed records were lost: {signed.size} were signed at {signed.moment},"
                f" {size} were found"
            )
        known = self._roots.get(signed.size.to_bytes(8, "big"))
        if known == signed.root or (known is None and signed.size < self._start):
            return None
        return f"the {signed.size} records that were signed at {signed.moment} are not those in the log"

    def _require_order(self, note: CheckpointNote) -> None:
        last, self.last = self.last, note
        self._roots.put(note.size.to_bytes(8, "big"), note.root)
        if last is None:
            if self._start == 0 and any(note.previous):
                problem = "names a checkpoint before it, which is gone"
                self._findings.report_recent("deleted", f"checkpoint {note.size}", problem)
            return
        if note.size <= last.size or note.era < last.era:
            problem = f"stands after checkpoint {last.size}"
            self._findings.report("reordered", f"checkpoint {note.size}", problem)
        if note.previous != hashlib.sha256(last.text.encode()).digest():
            problem = f"does not name checkpoint {last.size} before it: what was between them is gone"
            self._findings.report_recent("deleted", f"checkpoint {note.size}", problem)
