"""A note is what was signed and nothing else."""

from pathlib import Path
from uuid import UUID

import pytest

from bankcore.audit.checkpoints import NO_NOTE, Checkpoint, InvalidNoteError, Note, log_origin, parse_note
from bankcore.identifiers import TenantId
from bankcore_infra.keys.sealing_keys import PublicKeys, SealingKeys

CHECKPOINT = Checkpoint(
    origin=log_origin(TenantId(UUID(int=7)), "main"),
    size=3,
    root=b"r" * 32,
    era=1,
    upto=700,
    system=7_512_345_678_901_234_567,
    at="2026-01-31T12:00:00.000000Z",
    previous=NO_NOTE,
)


def test_a_note_is_read_as_it_was_written() -> None:
    note = Note(CHECKPOINT, b"name" + b"s" * 64)

    assert parse_note(note.text()) == note
    assert note.text().startswith("bankcore/main/00000000-0000-0000-0000-000000000007\n3\ncnJy")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n3\n", "\n03\n"),
        ("\n3\n", "\n-3\n"),
        ("bankcore-era 1", "bankcore-ere 1"),
        ("bankcore-era 1\n", ""),
        ("cnJy", "cnJ"),
        ("cnJy", ""),
        ("\N{EM DASH} bankcore/main", "\N{EM DASH} bankcore/other"),
        ("\n\n", "\n"),
        ("=\n", "=\nmore\n"),
    ],
)
def test_a_text_that_is_no_note_is_refused(old: str, new: str) -> None:
    text = Note(CHECKPOINT, b"name" + b"s" * 64).text()

    with pytest.raises(InvalidNoteError):
        parse_note(text.replace(old, new, 1))


def test_a_note_with_one_more_line_end_is_refused() -> None:
    text = Note(CHECKPOINT, b"name" + b"s" * 64).text()

    with pytest.raises(InvalidNoteError, match="more, or otherwise"):
        parse_note(text + "\n")


def test_only_what_a_key_signed_is_signed_and_rotation_keeps_the_old_key(tmp_path: Path) -> None:
    keys = SealingKeys.open(tmp_path / "sealing")
    note = keys.sign(CHECKPOINT)
    other = SealingKeys.open(tmp_path / "other")
    forged = Note(note.checkpoint, note.signature[:-1] + bytes([note.signature[-1] ^ 1]))

    (tmp_path / "sealing" / "sealing-0002.pem").write_bytes((tmp_path / "other" / "sealing-0001.pem").read_bytes())
    (tmp_path / "sealing" / "sealing-0002.pem").chmod(0o600)
    rotated = SealingKeys.open(tmp_path / "sealing")

    assert keys.public.have_signed(note)
    assert not other.public.have_signed(note)
    assert not keys.public.have_signed(forged)
    assert other.public.have_signed(rotated.sign(CHECKPOINT))
    assert PublicKeys.from_pem(rotated.public.pem()).have_signed(note)
    assert (tmp_path / "sealing" / "sealing-0001.pem").stat().st_mode & 0o777 == 0o600
