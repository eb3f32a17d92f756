"""Who the servers run as, and what that user is allowed."""

import os
import pwd
import shutil
import stat
from pathlib import Path

import pytest

from bankcore_infra.embedded import EmbeddedServers, EmbeddedServersError, account
from bankcore_infra.embedded.account import ServerAccount

pytestmark = pytest.mark.timeout(60)
_STRANGER = ServerAccount(name="stranger", uid=os.geteuid() + 1, gid=os.getegid() + 1)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step down")
def test_root_runs_the_servers_as_an_ordinary_user_who_may_pass_but_not_list(data_dir: Path) -> None:
    with EmbeddedServers.start(data_dir) as servers:
        owners = {Path(f"/proc/{pid}").stat().st_uid for pid in (servers.postgres_pid, servers.valkey_pid)}

    (owner,) = owners
    assert pwd.getpwuid(owner).pw_name in {"postgres", "bankcore-db"}
    assert {(data_dir / name).stat().st_uid for name in ("postgres", "run", "valkey")} == owners
    assert [_mode(folder) for folder in (data_dir.parent, data_dir)] == [0o701, 0o701]
    assert [_mode(data_dir / name) for name in ("postgres", "run", "valkey", "log")] == [0o700] * 4


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_keeps_to_the_owner_of_an_existing_cluster(data_dir: Path) -> None:
    data_dir.mkdir()
    os.chown(data_dir, 65534, 65534)

    assert ServerAccount.choose(data_dir) == ServerAccount(name="65534", uid=65534, gid=65534)


def test_passing_through_is_granted_to_others_only_where_it_is_missing_and_is_said(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (data_dir / "open").mkdir(parents=True)
    data_dir.chmod(0o700)

    for _ in range(2):
        _STRANGER.allow_traversal(data_dir / "open" / "file")

    assert (_mode(data_dir.parent), _mode(data_dir)) == (0o701, 0o701)
    for folder in (data_dir.parent, data_dir):
        assert sum(f"through {folder}:" in line for line in caplog.messages) == 1


def test_an_unreadable_installation_becomes_readable_and_stays_unwritable(data_dir: Path) -> None:
    (data_dir / "bin").mkdir(parents=True)
    program, text = data_dir / "bin" / "postgres", data_dir / "text"
    program.touch(0o700)
    text.touch(0o600)
    for folder in (data_dir, data_dir / "bin"):
        folder.chmod(0o700)

    _STRANGER.allow_reading(data_dir)

    assert [_mode(path) for path in (data_dir, data_dir / "bin", program, text)] == [0o705, 0o705, 0o705, 0o604]


def test_the_same_user_needs_no_grants(data_dir: Path) -> None:
    data_dir.mkdir(0o700)

    ServerAccount(name="me", uid=os.geteuid(), gid=os.getegid()).allow_traversal(data_dir / "file")

    assert _mode(data_dir) == 0o700


def test_a_link_in_place_of_a_private_folder_is_refused(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "run").symlink_to(data_dir)

    with pytest.raises(EmbeddedServersError, match="is not a folder of user stranger"):
        _STRANGER.own(data_dir / "run")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step down")
def test_root_without_a_user_to_become_is_told_what_to_do(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "_find_user", lambda _name: None)
    monkeypatch.setattr(shutil, "which", lambda *_arguments, **_options: None)

    with pytest.raises(EmbeddedServersError, match=r"run as an ordinary user$"):
        EmbeddedServers.start(data_dir)

    with pytest.raises(EmbeddedServersError, match=r"run as an ordinary user$"):
        EmbeddedServers.start(data_dir)
