"""What was kept outside the bank: checkpoints, and the keys that checkpoints are signed with."""

from bankcore_infra.audit.laws.findings import Findings
from bankcore_infra.audit.laws.notes import CheckpointNote
from bankcore_infra.audit.laws.signatures import CheckpointKeys


class Witness:
    """The checkpoints of one log that were kept outside. Where the log differs, they count."""

    def __init__(self, notes: list[CheckpointNote], keys: CheckpointKeys, origin: str, findings: Findings) -> None:
        self.origin = origin
        self._keys = keys
        self._findings = findings
        self._notes: dict[int, CheckpointNote] = {}
        self._met: set[int] = set()
        for note in notes:
            self.require_signature(note, "the checkpoint from outside")
            other = self._notes.setdefault(note.size, note)
            if other.signed != note.signed:
                problem = "two of one size were kept outside, and they are not the same"
                findings.report("forged", f"checkpoint {note.size}", problem)

    def require_signature(self, note: CheckpointNote, place: str) -> None:
        """Report a note of another log, or one that no key of the bank signed."""
        if note.origin != self.origin:
            self._findings.report("forged", place, f"is of another log, {note.origin}")
        if self._keys.check and not self._keys.have_signed(note):
            self._findings.report("forged", place, "is not signed with the public key")

    def meet(self, size: int) -> CheckpointNote | None:
        """Take the kept checkpoint of that size, since the export has it; None if none was kept."""
        note = self._notes.get(size)
        if note is not None:
            self._met.add(size)
        return note

    def root_that_counts(self, size: int, root: bytes) -> bytes:
        """The root that was kept outside for that size, or else this one. Reports a difference."""
        note = self.meet(size)
        if note is None:
            return root
        if note.root != root:
            self._findings.report("forged", f"checkpoint {size}", "is not the one that was kept outside")
        return note.root

    @property
    def has_notes(self) -> bool:
        """Whether anything was kept outside."""
        return bool(self._notes)

    def unmet(self) -> list[CheckpointNote]:
        """The kept checkpoints that the export has not shown, by size."""
        return [note for size, note in sorted(self._notes.items()) if size not in self._met]
