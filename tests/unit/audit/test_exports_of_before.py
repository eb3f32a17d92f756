"""Exports of earlier versions are verified by this one, with records of the first frame and of the present one."""

from pathlib import Path
from typing import Final

import pytest

from bankcore_infra.audit.laws.program import LogVerdict, verdict_of, verify
from tests.architecture.source_tree import ROOT
from tests.integration.audit.export_edits import Lines, with_digest

AUDIT: Final = ROOT / "tests" / "integration" / "audit"
EXPORTS: Final = [pytest.param(AUDIT / "older", 1, id="first frame"), pytest.param(AUDIT / "released", 2, id="present")]


def verdict(folder: Path, export: Path) -> LogVerdict:
    note, key = (folder / "checkpoint").read_text(encoding="utf-8"), (folder / "public-key.pem").read_bytes()
    return verdict_of(verify(export, [note], key), log_only=False, part=False)


@pytest.mark.parametrize(("folder", "frame"), EXPORTS)
def test_an_export_of_before_is_clean(folder: Path, frame: int) -> None:
    export = folder / "log.ndjson"

    assert verdict(folder, export).word == "clean"
    assert rf"\"v\":{frame}}}" in export.read_text(encoding="utf-8")


@pytest.mark.parametrize(("folder", "_frame"), EXPORTS)
def test_of_an_export_of_before_no_line_can_be_taken_away_or_come_twice(
    folder: Path, _frame: int, tmp_path: Path
) -> None:
    lines: Lines = (folder / "log.ndjson").read_bytes().splitlines(keepends=True)
    edited, clean = tmp_path / "log", list[tuple[int, int]]()

    for place in range(1, len(lines) - 1):
        for times in (0, 2):
            edited.write_bytes(b"".join(with_digest([*lines[:place], *[lines[place]] * times, *lines[place + 1 :]])))
            if verdict(folder, edited).exit_code == 0:
                clean.append((place, times))

    assert clean == []
