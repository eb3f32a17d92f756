"""What a next start makes of a crash."""

import os
import signal
import subprocess
import threading
from pathlib import Path

import psycopg
import pytest

from bankcore_infra.embedded import EmbeddedServers, leftovers
from tests.worlds.embedded import balance, connected, deposit, holder_of, is_running, starting, until

pytestmark = pytest.mark.timeout(90)


def test_servers_die_with_a_killed_parent_and_the_next_start_has_the_data(data_dir: Path) -> None:
    with EmbeddedServers.start(data_dir) as servers:
        deposit(servers, 250)

    with holder_of(data_dir) as holder:
        holder.kill()
        assert until(lambda: not is_running(holder.postgres_pid) and not is_running(holder.valkey_pid))

    with EmbeddedServers.start(data_dir) as servers:
        assert balance(servers) == 250


def test_a_start_right_after_the_parent_was_killed_waits_its_turn(data_dir: Path) -> None:
    for round_number in range(5):
        with holder_of(data_dir) as holder:
            holder.kill()

            with EmbeddedServers.start(data_dir) as servers:
                deposit(servers, 1)
                assert balance(servers) == round_number + 1


def test_orphans_without_a_death_signal_are_found_and_stopped(data_dir: Path) -> None:
    with EmbeddedServers.start(data_dir) as servers:
        deposit(servers, 7)
    with holder_of(data_dir, thread="passing") as holder:
        holder.kill()
        assert is_running(holder.postgres_pid)
        assert is_running(holder.valkey_pid)

        with EmbeddedServers.start(data_dir) as servers:
            assert not is_running(holder.postgres_pid)
            assert not is_running(holder.valkey_pid)
            assert balance(servers) == 7

    assert "not properly shut down" not in (data_dir / "log" / "postgres.log").read_text()


def test_orphans_that_do_not_listen_are_killed(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "_ORDERLY_S", 0.2)
    monkeypatch.setattr(leftovers, "_QUICK_S", 0.5)
    with holder_of(data_dir, thread="passing") as holder:
        pids = (holder.postgres_pid, holder.valkey_pid)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        holder.kill()

        with EmbeddedServers.start(data_dir) as servers:
            assert servers.poll() is None
            assert not any(is_running(pid) for pid in pids)


def test_a_killed_postgres_recovers_even_with_a_query_still_running(data_dir: Path) -> None:
    with EmbeddedServers.start(data_dir) as servers:
        deposit(servers, 42)
        with connected(servers) as connection:
            backend = connection.info.backend_pid
            busy = threading.Thread(target=_count_for_long, args=(connection,))
            busy.start()
            with connected(servers) as observer:
                assert until(lambda: _is_at_work(observer, backend))
            os.kill(servers.postgres_pid, signal.SIGKILL)
            assert until(lambda: servers.poll() == "postgres")
            assert is_running(backend)
            servers.stop()

            with EmbeddedServers.start(data_dir) as again:
                assert balance(again) == 42
                assert not is_running(backend)
            busy.join()

    assert "not properly shut down" in (data_dir / "log" / "postgres.log").read_text()


def test_a_killed_valkey_keeps_what_it_had_written(data_dir: Path) -> None:
    with EmbeddedServers.start(data_dir) as servers:
        os.kill(servers.valkey_pid, signal.SIGKILL)
        assert until(lambda: servers.poll() == "valkey")

    with EmbeddedServers.start(data_dir) as servers:
        assert servers.poll() is None


def test_a_set_up_that_was_killed_half_way_is_done_again(data_dir: Path) -> None:
    with starting(data_dir) as process:
        unfinished = data_dir / "postgres.tmp"
        assert until((unfinished / "base" / "1").exists)
        process.kill()
        process.wait()
    assert not (data_dir / "postgres").exists()

    with EmbeddedServers.start(data_dir) as servers:
        deposit(servers, 1)
        assert balance(servers) == 1
    assert not unfinished.exists()


def test_a_pid_file_that_names_an_innocent_process_does_not_stop_the_start(data_dir: Path) -> None:
    with EmbeddedServers.start(data_dir) as servers:
        deposit(servers, 1)
        os.kill(servers.postgres_pid, signal.SIGKILL)
        assert until(lambda: servers.poll() == "postgres")
    pid_file = data_dir / "postgres" / "postmaster.pid"
    with subprocess.Popen(["/bin/sleep", "60"], user=pid_file.stat().st_uid) as innocent:
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(innocent.pid), *lines[1:]]) + "\n")

        with EmbeddedServers.start(data_dir) as servers:
            assert balance(servers) == 1

        assert innocent.poll() is None
        innocent.kill()


def test_stale_sockets_are_cleared(data_dir: Path) -> None:
    with EmbeddedServers.start(data_dir):
        pass
    for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock", "valkey.sock"):
        (data_dir / "run" / name).write_text("stale\n")

    with EmbeddedServers.start(data_dir) as servers:
        assert servers.poll() is None


def _is_at_work(observer: psycopg.Connection, backend: int) -> bool:
    row = observer.execute("SELECT state = 'active' FROM pg_stat_activity WHERE pid = %s", (backend,)).fetchone()
    return row == (True,)


def _count_for_long(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b")
