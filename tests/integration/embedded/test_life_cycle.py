"""Starting, stopping, and who may."""

import json
import os
import signal
import time
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
import redis

from bankcore_infra.embedded import DataDirInUseError, EmbeddedServers, EmbeddedServersError, Revival, postgres
from tests.worlds.embedded import balance, connected, deposit, holder_of, is_running, setting, until

pytestmark = pytest.mark.timeout(90)
_FIRST_START_S, _LATER_START_S = 6.0, 1.5


def test_data_survives_a_restart(data_dir: Path) -> None:
    with EmbeddedServers.start(data_dir) as servers:
        deposit(servers, 1000)
        with redis.Redis.from_url(servers.redis_url) as broker:
            broker.set("job", "1")

    with EmbeddedServers.start(data_dir) as servers:
        assert balance(servers) == 1000
        with redis.Redis.from_url(servers.redis_url) as broker:
            assert broker.get("job") == b"1"


def test_starting_is_quick(data_dir: Path) -> None:
    began = time.monotonic()
    with EmbeddedServers.start(data_dir):
        first_s = time.monotonic() - began

    began = time.monotonic()
    with EmbeddedServers.start(data_dir):
        later_s = time.monotonic() - began

    assert first_s < _FIRST_START_S
    assert later_s < _LATER_START_S


def test_stopping_ends_both_servers_and_may_be_repeated(data_dir: Path) -> None:
    servers = EmbeddedServers.start(data_dir)
    pids = (servers.postgres_pid, servers.valkey_pid)

    servers.stop()
    servers.stop()

    assert not any(is_running(pid) for pid in pids)
    assert (data_dir / "log" / "postgres.log").read_text().rstrip().endswith("database system is shut down")


def test_a_second_start_in_this_process_is_refused_and_disturbs_nothing(data_dir: Path) -> None:
    with EmbeddedServers.start(data_dir) as servers:
        with pytest.raises(DataDirInUseError, match=f"{data_dir} is in use by process {os.getpid()}$"):
            EmbeddedServers.start(data_dir)

        deposit(servers, 1)
        assert servers.poll() is None


def test_a_second_process_is_told_who_has_the_folder_and_where_it_serves(data_dir: Path) -> None:
    with holder_of(data_dir) as holder:
        pid = holder.process.pid
        description = {"url": "http://127.0.0.1:8080", "pids": {"up": pid}}
        (data_dir / "bankcore.json").write_text(json.dumps(description))

        with pytest.raises(DataDirInUseError) as refusal:
            EmbeddedServers.start(data_dir)

    expected = f"the data folder {data_dir.resolve()} is in use by process {pid}, which serves http://127.0.0.1:8080"
    assert str(refusal.value) == expected


def test_an_address_left_behind_by_an_earlier_process_is_not_repeated(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "bankcore.json").write_text(json.dumps({"url": "http://127.0.0.1:1", "pids": {"up": 1}}))

    with EmbeddedServers.start(data_dir), pytest.raises(DataDirInUseError) as refusal:
        EmbeddedServers.start(data_dir)

    assert "http" not in str(refusal.value)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_neither_keeps_the_lock_nor_stops_the_servers(data_dir: Path) -> None:
    # The sockets of so long a path are in the temporary folder, which stopping removes.
    folder = data_dir / ("long-" * 30)
    servers = EmbeddedServers.start(folder)
    done_reader, done_writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            servers.stop()
            os.write(done_writer, b"1")
            signal.pause()
        finally:
            os._exit(1)
    try:
        os.read(done_reader, 1)
        deposit(servers, 1)
        servers.stop()

        with EmbeddedServers.start(folder) as again:
            assert balance(again) == 1
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        servers.stop()
        os.close(done_reader)
        os.close(done_writer)


def test_a_server_that_died_is_named(data_dir: Path) -> None:
    with EmbeddedServers.start(data_dir) as servers:
        assert servers.poll() is None

        os.kill(servers.valkey_pid, signal.SIGKILL)

        assert until(lambda: servers.poll() == "valkey")


@pytest.mark.parametrize("name", ["valkey", "postgres"])
def test_a_server_that_died_is_started_again_with_its_data(data_dir: Path, name: str) -> None:
    with EmbeddedServers.start(data_dir, postgres_settings={"max_connections": "20"}) as servers:
        revival = Revival(servers)
        with redis.Redis.from_url(servers.redis_url) as broker:
            broker.set("kept", "1")
        with psycopg.connect(servers.postgres.dsn("postgres", "postgres"), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept ()")
        old = {"valkey": servers.valkey_pid, "postgres": servers.postgres_pid}
        assert not revival.look()
        time.sleep(1.1)  # what Valkey was told is on disk within a second

        for _ in range(2):
            os.kill(servers.valkey_pid if name == "valkey" else servers.postgres_pid, signal.SIGKILL)
            assert until(lambda: servers.poll() == name)
            assert until(revival.look)

        new = {"valkey": servers.valkey_pid, "postgres": servers.postgres_pid}
        assert {each for each in old if old[each] != new[each]} == {name}
        assert until(lambda: servers.valkey.is_ready() and servers.postgres.is_ready())
        with redis.Redis.from_url(servers.redis_url) as broker:
            assert broker.get("kept") == b"1"
        with psycopg.connect(servers.postgres.dsn("postgres", "postgres")) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
            assert connection.execute("SHOW max_connections").fetchone() == ("20",)


def test_a_server_that_keeps_dying_is_started_less_and_less_often(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, revived = [0.0], list[float]()
    with EmbeddedServers.start(data_dir) as servers:
        monkeypatch.setattr("bankcore_infra.embedded.revival.time.monotonic", lambda: now[0])
        revival = Revival(servers)

        def revive(_name: str) -> None:
            revived.append(now[0])
            raise OSError

        monkeypatch.setattr(servers, "revive", revive)
        monkeypatch.setattr(servers, "poll", lambda: "valkey")
        for second in range(400):
            now[0] = second / 4
            assert not revival.look()

    pauses = [later - earlier for earlier, later in pairwise(revived)]
    assert pauses == sorted(pauses)
    assert 4 < len(revived) < 9


def test_settings_are_durable_private_and_without_network(data_dir: Path) -> None:
    with EmbeddedServers.start(data_dir, postgres_settings={"max_connections": "20"}) as servers:
        names = (
            "fsync",
            "synchronous_commit",
            "full_page_writes",
            "data_checksums",
            "listen_addresses",
            "max_connections",
        )
        found = [setting(servers, name) for name in names]
        with redis.Redis.from_url(servers.redis_url) as broker:
            configuration = broker.config_get("port", "appendonly", "appendfsync", "maxmemory-policy")

    assert found == ["on", "on", "on", "on", "", "20"]
    assert configuration == {
        "port": "0",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
    }
    assert [(data_dir / name).stat().st_mode & 0o777 for name in ("postgres", "valkey", "run", "log")] == [0o700] * 4


def test_durability_cannot_be_set_aside(data_dir: Path) -> None:
    with pytest.raises(ValueError, match="fsync"):
        EmbeddedServers.start(data_dir, postgres_settings={"fsync": "off"})

    assert not data_dir.exists()


def test_personal_data_does_not_reach_the_log(data_dir: Path) -> None:
    with EmbeddedServers.start(data_dir) as servers, connected(servers) as connection:
        connection.execute("CREATE TABLE users (email text PRIMARY KEY)")
        for _ in range(2):
            try:
                connection.execute("INSERT INTO users VALUES ('alice@example.com')")
            except Exception as error:  # noqa: BLE001 - whatever the driver calls it
                assert "alice" in str(error)

    log = (data_dir / "log" / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "alice" not in log


def test_a_setting_that_does_not_exist_is_a_one_line_error_and_leaves_nothing_running(data_dir: Path) -> None:
    with pytest.raises(EmbeddedServersError, match="unrecognized configuration parameter") as failure:
        EmbeddedServers.start(data_dir, postgres_settings={"no_such_setting": "1"})

    assert "\n" not in str(failure.value)
    with EmbeddedServers.start(data_dir) as servers:
        assert servers.poll() is None


def test_a_cluster_of_another_major_version_is_left_alone(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir(parents=True)
    (data_dir / "postgres" / "PG_VERSION").write_text("15\n")

    with pytest.raises(EmbeddedServersError, match="PostgreSQL 15, not 18"):
        EmbeddedServers.start(data_dir)

    assert [path.name for path in (data_dir / "postgres").iterdir()] == ["PG_VERSION"]


def test_a_folder_that_cannot_be_used_is_a_one_line_error(data_dir: Path) -> None:
    data_dir.touch()

    with pytest.raises(EmbeddedServersError, match="cannot use the data folder") as failure:
        EmbeddedServers.start(data_dir)

    assert "\n" not in str(failure.value)


def test_a_set_up_that_fails_says_why(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(postgres._LOCALE_OPTIONS, 18, ("--locale=atlantis",))  # noqa: SLF001 - no other way to fail it

    with pytest.raises(EmbeddedServersError, match=r"initdb could not make the database cluster: .*locale"):
        EmbeddedServers.start(data_dir)


def test_a_log_that_has_grown_large_is_set_aside(data_dir: Path) -> None:
    log = data_dir / "log" / "valkey.log"
    log.parent.mkdir(parents=True)
    with log.open("wb") as large:
        large.truncate(17 * 1024 * 1024)

    with EmbeddedServers.start(data_dir):
        assert log.stat().st_size < 1024 * 1024

    assert log.with_name("valkey.log.1").stat().st_size == 17 * 1024 * 1024


@pytest.mark.parametrize("name", ["a b'c\"d,e%f$g", "देवनागरी", "long-" * 30])
def test_odd_and_long_paths_work(data_dir: Path, name: str) -> None:
    folder = data_dir / name

    with EmbeddedServers.start(folder) as servers:
        deposit(servers, 1)
        with redis.Redis.from_url(servers.redis_url) as broker:
            assert broker.ping()

    with EmbeddedServers.start(folder) as servers:
        assert balance(servers) == 1
