"""`bankcore audit`: what an auditor types, one command after another, and what it answers when something is wrong."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bankcore_infra.cli.program import program
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import Installation
from bankcore_infra.wiring import Bank
from tests.worlds.audit_evidence import Evidence, said_of, take_evidence, verify
from tests.worlds.program import Run

pytestmark = pytest.mark.timeout(180)

_DAY: Final = "2020-01-01"


@pytest.fixture
def bank(installation: Installation) -> Iterator[Bank]:
    """The bank behind the commands."""
    opened = Bank(installation, load_settings(data_dir=installation.data_dir))
    yield opened
    opened.database.close()


@pytest.fixture
def evidence(bank: Bank, run: Run, tmp_path: Path) -> Evidence:
    """A sealed log with postings, exported, and the checkpoints beside it."""
    return take_evidence(bank, run, tmp_path)


def edit(log: Path, old: str, new: str) -> None:
    """Change the last place where the export says so."""
    before, found, after = log.read_text(encoding="utf-8").rpartition(old)
    assert found
    log.write_text(before + new + after, encoding="utf-8")


def test_a_sealed_log_is_exported_and_verified_clean(evidence: Evidence) -> None:
    said = verify(str(evidence.log), *evidence.witness)
    document = json.loads(verify(str(evidence.log), *evidence.witness, "--json").stdout)

    assert (said.exit_code, said.stdout.splitlines()[-1].partition(":")[0]) == (0, "clean")
    assert (document["clean"], document["findings"]) == (True, [])
    assert document["records"] >= 3
    assert (evidence.folder / "public-key.pem").read_text().startswith("-----BEGIN PUBLIC KEY-----")
    assert evidence.note.read_text() == max((evidence.folder / "main").glob("0*.note")).read_text()


def test_sealing_says_how_many_records_it_sealed(run: Run, evidence: Evidence) -> None:
    again = run("audit", "seal", "--tenant", "main")

    assert again.stdout.startswith("main: 0 records sealed, ")


def test_a_tampered_export_is_named_with_what_where_and_since_when(evidence: Evidence) -> None:
    edit(evidence.log, "10.00", "90.00")

    said = verify(str(evidence.log), *evidence.witness)
    document = json.loads(verify(str(evidence.log), *evidence.witness, "--json").stdout)

    assert said.exit_code == 1
    assert said.stdout.splitlines()[-1].startswith("TAMPERED: ")
    assert any(
        line.startswith("EDITED: record ")
        and ": transaction.posted of 2" in line
        and " is not what was sealed (since checkpoint " in line
        for line in said.stdout.splitlines()
    ), said.stdout
    assert document["clean"] is False
    assert {"kind", "place", "problem", "since"} == document["findings"][0].keys()


def test_another_banks_key_proves_nothing(evidence: Evidence, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    public = Ed25519PrivateKey.generate().public_key()
    wrong.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    said = verify(str(evidence.log), "--checkpoint", str(evidence.note), "--public-key", str(wrong))

    assert said.exit_code == 1
    assert said.stdout.splitlines()[0] == "FORGED: the checkpoint from outside: is not signed with the public key"


def test_a_part_is_exported_and_proven_against_a_checkpoint_that_is_older(
    run: Run, evidence: Evidence, tmp_path: Path
) -> None:
    part = tmp_path / "part.ndjson"
    first = min((evidence.folder / "main").glob("0*.note"))
    words = ("--from", _DAY, "--to", "2999-01-01", "--each-proof", "--checkpoint", str(first))

    exported = run("audit", "export", "--out", str(part), *words)

    said = verify(str(part), "--checkpoint", str(first), "--public-key", str(evidence.folder / "public-key.pem"))
    assert exported.exit_code == 0, exported.output
    assert said.exit_code == 0, said.output
    records = [json.loads(line) for line in part.read_text().splitlines() if '"type":"record"' in line]
    assert records
    assert all("proof" in record for record in records)


def test_the_log_alone_is_a_smaller_file_and_says_that_the_tables_were_not_compared(
    run: Run, evidence: Evidence, tmp_path: Path
) -> None:
    alone = tmp_path / "alone.ndjson"
    run("audit", "export", "--out", str(alone), "--log-only")

    asked, surprised = (verify(str(alone), *evidence.witness, *words) for words in (["--log-only"], []))

    assert (asked.exit_code, "the tables not compared" in asked.stdout) == (0, True), asked.output
    assert surprised.exit_code == 2
    assert surprised.stdout.splitlines()[-1].startswith("incomplete: ")
    assert "leaves out the rows of the tables" in surprised.stdout
    assert alone.stat().st_size < evidence.log.stat().st_size


def test_the_verifier_is_written_as_one_file_that_verifies_where_bankcore_is_not(
    evidence: Evidence, tmp_path: Path
) -> None:
    taken_along = tmp_path / "standalone_verifier.py"

    written = CliRunner().invoke(program, ["audit", "verifier", "--out", str(taken_along)])

    command = [sys.executable, "-I", str(taken_along), str(evidence.log), *evidence.witness]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert written.exit_code == 0, written.output
    assert (said.returncode, said.stderr) == (0, ""), said.stdout
    refused = CliRunner().invoke(program, ["audit", "verifier", "--out", str(tmp_path / "no" / "file")])
    assert "No such file or directory" in refused.output


def test_an_era_begins_with_a_reason_and_the_log_stays_whole(run: Run, evidence: Evidence, tmp_path: Path) -> None:
    begun = run("audit", "era", "--reason", "restored from the backup of Sunday", "--tenant", "main")
    later = tmp_path / "later.ndjson"
    run("audit", "export", "--out", str(later))

    assert begun.stdout.startswith("main: era 2 begins; "), begun.output
    assert "restored from the backup of Sunday" in later.read_text()
    assert verify(str(later), *evidence.witness).exit_code == 0


def test_an_era_of_every_tenant_passes_by_those_that_have_nothing_to_end(run: Run, evidence: Evidence) -> None:
    run("tenant", "create", "aaa-empty")

    begun = run("audit", "era", "--reason", "restored")

    assert begun.exit_code == 0, begun.output
    assert "main: era " in begun.stdout
    assert "aaa-empty: nothing was sealed yet" in begun.stderr
    assert evidence.log.exists()


def test_a_tenant_without_anything_sealed_has_nothing_to_export(run: Run, evidence: Evidence, tmp_path: Path) -> None:
    run("tenant", "create", "empty")

    assert run("audit", "checkpoints", "--out", str(tmp_path), "--tenant", "empty").stdout == (
        "empty: nothing is sealed yet\n"
    )
    nothing = run("audit", "export", "--out", str(tmp_path / "log"), "--tenant", "empty")
    assert "nothing is sealed yet" in said_of(nothing)
    assert "nothing was sealed yet" in said_of(run("audit", "era", "--reason", "why", "--tenant", "empty"))
    assert not (tmp_path / "log").exists()


def test_what_is_no_evidence_is_answered_in_one_line_and_neither_clean_nor_tampered(
    evidence: Evidence, tmp_path: Path
) -> None:
    for name, content in (
        ("empty", b""),
        ("text", b"hello\n"),
        ("binary", b"\xff\xfe\x00"),
        ("json", b"{}\n"),
        ("list", b"[]\n"),
        ("header", b'{"format":"bankcore-audit-export-4"}\n'),
    ):
        (tmp_path / name).write_bytes(content)
    other = tmp_path / "other.note"
    other.write_text(evidence.note.read_text().replace("bankcore/main/", "bankcore/other/"))
    key = ("--public-key", str(evidence.folder / "public-key.pem"))

    answers = [
        *((verify(str(tmp_path / name), *evidence.witness), "file") for name in ("text", "binary", "json", "list")),
        (verify(str(tmp_path / "header"), *evidence.witness), "does not begin as an export"),
        (verify(str(tmp_path / "empty"), *evidence.witness), "the export is empty"),
        (verify(str(evidence.log), "--checkpoint", str(other), *key), "the export is of bankcore/main/"),
        (verify(str(evidence.log), *evidence.witness, "--checkpoint", str(other)), "not of one log"),
        (verify(str(evidence.log), "--checkpoint", str(tmp_path / "binary"), *key), "not a checkpoint note"),
        (verify(str(evidence.log), *evidence.witness[:3], str(evidence.note)), "no public key"),
        (verify(str(tmp_path / "missing"), *evidence.witness), "does not exist"),
    ]

    for result, message in answers:
        assert (result.exit_code, message in said_of(result)) == (2, True), result.output


def test_what_cannot_be_exported_is_answered_in_one_line(run: Run, evidence: Evidence, tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "other.ndjson"))
    other = tmp_path / "other.note"
    other.write_text(evidence.note.read_text().replace("bankcore/main/", "bankcore/other/"))
    broken = tmp_path / "broken.note"
    broken.write_text("not a note")

    answers = {
        "--from must be before --to": run("audit", "export", *out, "--from", "2026-01-02", "--to", "2026-01-01"),
        "is a directory": run("audit", "export", "--out", str(tmp_path)),
        "No such file or directory": run("audit", "export", "--out", str(tmp_path / "no" / "log")),
        "is a checkpoint of bankcore/other/": run("audit", "export", *out, "--checkpoint", str(other)),
        "is not a checkpoint note": run("audit", "export", *out, "--checkpoint", str(broken)),
        "nobody": run("audit", "export", *out, "--tenant", "nobody"),
        "is a file": run("audit", "checkpoints", "--out", str(broken)),
        "Not a directory": run("audit", "checkpoints", "--out", str(broken / "deeper")),
        "tenant": run("audit", "seal", "--tenant", "nobody"),
    }

    for message, result in answers.items():
        assert message in said_of(result)
    assert sorted(path.name for path in tmp_path.glob("*other.ndjson*")) == []


def test_a_line_that_makes_no_sense_is_a_finding_and_the_rest_is_still_read(evidence: Evidence) -> None:
    lines = evidence.log.read_text(encoding="utf-8").splitlines(keepends=True)
    for broken in ("}{\n", "[]\n", '{"type":"other"}\n', '{"type":"record","i":0}\n', '{"type":"checkpoint"}\n'):
        evidence.log.write_text("".join([*lines[:3], broken, *lines[3:]]), encoding="utf-8")

        said = verify(str(evidence.log), *evidence.witness)

        assert said.exit_code == 1
        assert "EDITED: line 4 of the export: is none that an export has" in said.stdout
