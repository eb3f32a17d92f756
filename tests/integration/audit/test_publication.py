"""Notes reach the places outside, are never replaced there, and a place that fails gets them later."""

import sys
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from bankcore.audit.checkpoints import Note
from bankcore.identifiers import TenantId
from bankcore.tenancy.tenants import Tenant, TenantKind
from bankcore_infra.audit.sealing.publication import CommandPlace, FolderPlace, Publication, PublicationError
from tests.unit.audit.test_checkpoints import CHECKPOINT

TENANT = Tenant(TenantId(UUID(int=7)), "main", "Main", TenantKind.LIVE)
NOTE = Note(CHECKPOINT, b"name" + b"s" * 64)


def test_a_folder_keeps_every_note_and_never_replaces_one(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "witness")

    place.publish(TENANT, NOTE)
    place.publish(TENANT, NOTE)
    with pytest.raises(PublicationError, match="two histories"):
        place.publish(TENANT, Note(replace(CHECKPOINT, root=b"x" * 32), NOTE.signature))

    assert [path.read_text() for path in (tmp_path / "witness" / "main").iterdir()] == [NOTE.text()]


def test_a_command_reads_the_note_and_its_failure_is_told(tmp_path: Path) -> None:
    out = tmp_path / "note"
    copy = f"import os, sys; open({str(out)!r}, 'w').write(os.environ['BANKCORE_NOTE_SIZE'] + sys.stdin.read())"

    CommandPlace(f'{sys.executable} -c "{copy}"').publish(TENANT, NOTE)

    assert out.read_text() == "3" + NOTE.text()
    with pytest.raises(PublicationError, match="exit code 3"):
        CommandPlace(f'{sys.executable} -c "raise SystemExit(3)"').publish(TENANT, NOTE)
    with pytest.raises(PublicationError, match="No such file"):
        CommandPlace("/nowhere/at-all").publish(TENANT, NOTE)


def test_a_place_that_failed_is_tried_again_after_a_pause_and_the_others_are_not_kept_waiting(tmp_path: Path) -> None:
    now = [0.0]
    broken = tmp_path / "broken"
    broken.write_text("no folder")
    publication = Publication(
        [FolderPlace(broken), FolderPlace(tmp_path / "good")], pause_s=10, monotonic=lambda: now[0]
    )

    first = publication.publish(TENANT, NOTE, at_once=False)
    too_soon = publication.publish(TENANT, NOTE, at_once=False)
    was_failing = publication.is_failing
    broken.unlink()
    now[0] = 11
    later = publication.publish(TENANT, NOTE, at_once=False)

    assert (len(first), too_soon, later) == (1, [], [])
    assert (was_failing, publication.is_failing) == (True, False)
    assert (broken / "main" / "000000000003.note").read_text() == NOTE.text()
    assert (tmp_path / "good" / "main" / "000000000003.note").exists()
