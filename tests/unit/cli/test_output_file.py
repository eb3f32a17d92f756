"""What a command writes: whole files, and never anything else in the place of what is no file."""

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bankcore_infra.cli.output_file import write_whole


def test_a_file_is_written_and_an_old_one_replaced_with_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "out"
    write_whole(path, [b"old"])
    path.chmod(0o640)

    write_whole(path, [b"new", b"er"])

    assert path.read_bytes() == b"newer"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_one_that_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")

    def broken() -> Iterator[bytes]:
        yield b"ne"
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - any will do
        write_whole(path, broken())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_stays_and_leads_to_the_new_file(tmp_path: Path, *, is_there: bool) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    if is_there:
        target.write_bytes(b"old")
    link.symlink_to("target")

    write_whole(link, [b"new"])

    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_device_stays_a_device() -> None:
    write_whole(Path("/dev/null"), [b"gone"])

    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_full_disk_is_named_with_the_path() -> None:
    with pytest.raises(OSError, match=r"No space left on device: '/dev/full'"):
        write_whole(Path("/dev/full"), [b"much"])
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    path, read = tmp_path / "pipe", list[bytes]()
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()

    write_whole(path, [b"through"])

    reader.join()
    assert read == [b"through"]
    assert stat.S_ISFIFO(path.stat().st_mode)


@pytest.mark.parametrize("name", ["missing/out", "."])
def test_what_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError) as refused:  # noqa: PT011 - the path is what matters
        write_whole(tmp_path / name, [b""])
    assert refused.value.filename == str(tmp_path / name)
