"""A file is there whole or not at all, and a file that is evidence or a key is never replaced."""

import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from bankcore_infra.whole_files import make_once, replace_whole


def test_a_file_is_made_once_with_its_rights_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "key"

    made = [make_once(path, content, mode=0o600) for content in (b"first", b"second")]

    assert (made, path.read_bytes()) == ([True, False], b"first")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_of_many_that_make_a_file_at_once_one_does(tmp_path: Path) -> None:
    start, path = Barrier(8), tmp_path / "key"

    def make(number: int) -> bool:
        start.wait()
        return make_once(path, b"%d" % number)

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(make, range(8)))

    assert made.count(True) == 1
    assert path.read_bytes() == b"%d" % made.index(True)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_replaced_by_a_whole_one_with_the_rights_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "note"
    replace_whole(path, [b"old"], mode=0o640)

    replace_whole(path, [b"new", b"er"])

    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"newer", 0o640)
    assert list(tmp_path.iterdir()) == [path]


def test_what_breaks_off_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "note"
    replace_whole(path, [b"old"])

    def broken() -> Iterator[bytes]:
        yield b"ne"
        raise EOFError

    with pytest.raises(EOFError):
        replace_whole(path, broken())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_seen_of_a_file_before_its_content_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = list[list[str]]()
    monkeypatch.setattr(os, "fsync", lambda _file: seen.append([each.name for each in tmp_path.glob("[!.]*")]))

    replace_whole(tmp_path / "note", [b"note"])
    make_once(tmp_path / "key", b"key")

    assert seen == [[], ["note"]]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["key", "note"]
