"""An export is verified offline, from a checkpoint that was kept outside; what was changed is named."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from bankcore_infra.audit.laws.findings import CannotVerifyError
from bankcore_infra.audit.laws.program import verify
from bankcore_infra.audit.laws.writing import written
from bankcore_infra.audit.verifying.export import ExportRequest
from tests.worlds.sealing import SealingRole, export_of
from tests.worlds.sql_bank import ScratchDatabase, SqlBank
from tests.worlds.values import npr

Lines = list[dict[str, object]]


class Witness:
    """An auditor with a key, an old checkpoint and an export."""

    def __init__(self, role: SealingRole, notes: list[str], export: Path) -> None:
        self.pem = role.keys.public.pem()
        self.notes = notes
        self.export = export

    def findings(self, lines: Lines | None = None, *, note: int = -1) -> list[str]:
        """What verification finds, in an altered file if there are lines."""
        path = self.export
        if lines is not None:
            path = path.with_suffix(".altered")
            path.write_bytes(b"".join(map(written, lines)))
        return [str(finding) for finding in verify(path, [self.notes[note]], self.pem).findings]

    def lines(self) -> Lines:
        return [json.loads(line) for line in self.export.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def witness(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path) -> Witness:
    """Three rounds of postings, each sealed, all notes kept."""
    alice, bob = bank.open_account(balance="100.00"), bank.open_account("bob", balance="5.00")
    for _ in range(3):
        role.seal(scratch, bank)
        bank.ledger.transfer(alice.id, bob.id, npr("3.00"))
        bank.ledger.withdraw(bob.id, npr("1.00"))
    role.seal(scratch, bank)
    notes = [str(note) for (note,) in scratch.rows("SELECT note FROM bankcore.checkpoints ORDER BY size")]
    return Witness(role, notes, export_of(scratch, bank, tmp_path / "log.ndjson"))


def test_an_untouched_export_is_clean_for_every_checkpoint_that_was_kept(witness: Witness) -> None:
    assert [witness.findings(note=number) for number in range(len(witness.notes))] == [[]] * len(witness.notes)


def of_type(lines: Lines, kind: str) -> list[int]:
    return [number for number, line in enumerate(lines) if line["type"] == kind]


def edit(lines: Lines) -> None:
    place = of_type(lines, "record")[4]
    lines[place]["body"] = str(lines[place]["body"]).replace("at", "et", 1)


def remove(lines: Lines) -> None:
    del lines[of_type(lines, "record")[4]]


def swap(lines: Lines) -> None:
    a, b = of_type(lines, "record")[4:6]
    lines[a], lines[b] = lines[b], lines[a]


def insert(lines: Lines) -> None:
    place = of_type(lines, "record")[4]
    lines.insert(place, dict(lines[place]))


def cut(lines: Lines) -> None:
    del lines[of_type(lines, "checkpoint")[2] + 1 : -1]
    lines[-1]["records"] = len(of_type(lines, "record"))


def cut_rudely(lines: Lines) -> None:
    del lines[-5:]


def drop_checkpoint(lines: Lines) -> None:
    del lines[of_type(lines, "checkpoint")[1]]


def forge_note(lines: Lines) -> None:
    line = lines[of_type(lines, "checkpoint")[1]]
    line["note"] = str(line["note"]).replace("bankcore-era 1", "bankcore-era 2")


@pytest.mark.parametrize(
    ("alter", "kind"),
    [
        (edit, "EDITED: record 4 "),
        (remove, "DELETED: record 4: "),
        (swap, "REORDERED: record 4: "),
        (insert, "REORDERED: record 4: "),
        (cut, "CUT OFF: after record "),
        (cut_rudely, "CUT OFF: "),
        (drop_checkpoint, "DELETED: checkpoint "),
        (forge_note, "FORGED: checkpoint "),
    ],
)
def test_an_altered_export_is_found_out_and_the_place_is_named(
    witness: Witness, alter: Callable[[Lines], None], kind: str
) -> None:
    lines = witness.lines()

    alter(lines)

    findings = witness.findings(lines)
    assert [finding for finding in findings if finding.startswith(kind)], findings


def test_any_altered_byte_of_a_body_is_found(witness: Witness) -> None:
    dice = random.Random(7)
    for _ in range(20):
        lines = witness.lines()
        line = lines[dice.choice(of_type(lines, "record"))]
        body = str(line["body"])
        place = dice.randrange(len(body))
        line["body"] = body[:place] + chr(ord(body[place]) ^ 1) + body[place + 1 :]

        assert [finding for finding in witness.findings(lines) if f"record {line['i']} " in finding]


def test_another_banks_checkpoint_answers_nothing(witness: Witness) -> None:
    with pytest.raises(CannotVerifyError, match="the checkpoint of bankcore/other"):
        verify(witness.export, [witness.notes[0].replace("bankcore/main", "bankcore/other")], witness.pem)


def test_a_part_of_the_log_is_proven_against_older_and_newer_checkpoints(
    witness: Witness, bank: SqlBank, scratch: ScratchDatabase, tmp_path: Path
) -> None:
    ((since, until),) = scratch.rows("""
        SELECT min(created_at), max(created_at) - interval '1 minute' FROM (
            SELECT created_at FROM bankcore.checkpoints ORDER BY size OFFSET 2 LIMIT 3) c""")
    sizes = [int(note.split("\n")[1]) for note in witness.notes]
    request = ExportRequest(since=since, until=until, sizes=sizes)  # type: ignore[arg-type] # instants

    witness.export = export_of(scratch, bank, tmp_path / "part.ndjson", request)

    lines = witness.lines()
    assert 0 < len(of_type(lines, "record")) < sizes[-1]
    assert lines[0]["start"] != 0
    assert [witness.findings(note=number) for number in range(len(sizes))] == [[]] * len(sizes)
