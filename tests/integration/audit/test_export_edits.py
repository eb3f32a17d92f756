"""Of an export, no edited byte and no edited structure is called clean, nor ends in anything but an answer."""

import os
import random
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from bankcore_infra.audit.laws.findings import CannotVerifyError
from bankcore_infra.audit.laws.program import verdict_of, verify
from tests.integration.audit.export_edits import Lines, edit_byte, edit_structure, with_digest
from tests.integration.audit.history import live
from tests.worlds.identity import IdentityWorld
from tests.worlds.sealing import SealingRole, export_of
from tests.worlds.sql_bank import ScratchDatabase, SqlBank

BYTES: Final = int(os.environ.get("BANKCORE_TEST_EXPORT_BYTES", "100"))
STRUCTURES: Final = int(os.environ.get("BANKCORE_TEST_EXPORT_STRUCTURES", "150"))
SEED: Final = int(os.environ.get("BANKCORE_TEST_SEED", "1"))
pytestmark = pytest.mark.timeout(120 + (BYTES + STRUCTURES) // 2)

Answer = Callable[[Lines], int]


@pytest.fixture
def export(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path) -> tuple[Lines, Answer]:
    """The lines of an export with everything in it, and the exit code for lines that were edited."""
    live(bank)
    people = IdentityWorld.of(bank, tmp_path / "keys")
    people.register()
    people.login()
    notes = []
    while not (sealed := role.seal(scratch, bank, batch=7)).is_done:
        notes.append(sealed.note)
    assert sealed.note is not None
    note, file = sealed.note.text(), tmp_path / "edited"
    lines = export_of(scratch, bank, tmp_path / "log").read_bytes().splitlines(keepends=True)

    def answer(edited: Lines) -> int:
        file.write_bytes(b"".join(edited))
        try:
            return verdict_of(verify(file, [note], role.keys.public.pem()), log_only=False, part=False).exit_code
        except CannotVerifyError:
            return 2

    return lines, answer


def test_no_edited_byte_is_called_clean(export: tuple[Lines, Answer]) -> None:
    lines, answer = export
    dice, clean, codes = random.Random(SEED), [], Counter[int]()
    assert answer(lines) == 0

    for number in range(BYTES):
        edited = edit_byte(lines, dice)
        if edited == lines:
            continue
        code = answer(edited)
        codes[code] += 1
        if code == 0:
            clean.append(number)

    sys.stdout.write(f"{dict(codes)}\n")
    assert clean == []


def test_no_edited_structure_is_called_clean_even_with_a_digest_that_fits(export: tuple[Lines, Answer]) -> None:
    lines, answer = export
    dice, clean, ways = random.Random(SEED), [], Counter[str]()
    assert with_digest(lines) == lines

    for number in range(STRUCTURES):
        way, edited = edit_structure(lines, dice)
        ways[way] += 1
        # An edit of the digest alone is undone where the digest is made to fit.
        if edited != lines and answer(edited) == 0:
            clean.append((number, way, [line for line in edited if line not in lines]))

    for way, times in sorted(ways.items()):
        sys.stdout.write(f"{times:5} {way}\n")
    assert clean == []


def test_an_edited_byte_with_a_digest_that_fits_is_found_wherever_the_log_tells(export: tuple[Lines, Answer]) -> None:
    lines, answer = export
    dice, clean = random.Random(SEED), []

    for number in range(BYTES):
        edited = with_digest(edit_byte(lines, dice))
        changed = [line for line in edited if line not in lines]
        if edited == lines or not changed or b'"header"' in changed[0]:
            continue
        if answer(edited) == 0:
            clean.append((number, changed))

    assert [each for each in clean if not is_only_a_transaction_number(each[1], lines)] == []


def is_only_a_transaction_number(changed: Lines, lines: Lines) -> bool:
    """Of a record, that is all the log does not tell."""
    untold = re.compile(rb'"xid":[0-9]+|"sha256":"[0-9a-f]+"')
    return {untold.sub(b"", line) for line in changed} <= {untold.sub(b"", line) for line in lines}
