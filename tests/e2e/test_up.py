"""`bankcore up` as its operator meets it: starting, sharing, stopping, dying, starting again."""

import os
import signal
import time
import urllib.request
from pathlib import Path

import pytest

from tests.worlds.program import AS_IN_EARNEST, bankcore, running_bank, wait_until_gone

pytestmark = [pytest.mark.timeout(180), pytest.mark.enable_socket]


def test_it_serves_says_where_and_leaves_nothing_running_after_sigterm(data_dir: Path) -> None:
    with running_bank(data_dir, **AS_IN_EARNEST, BANKCORE_PROVIDER_SIMULATOR="true") as bank:
        description = bank.description()
        for url in (f"{bank.url}/health/ready", f"{description['providerSimulatorUrl']}/paystack/books"):
            with urllib.request.urlopen(url, timeout=5) as answer:
                assert answer.status == 200
        assert description["url"] == bank.url
        assert (data_dir / "bankcore.json").stat().st_mode & 0o077 == 0

        assert bank.stop(signal.SIGTERM) == 0

    pids = [description["pids"][name] for name in ("postgres", "valkey")]
    pids += description["pids"]["api"] + description["pids"]["simulator"]
    assert len(pids) == 4
    assert wait_until_gone(pids, 5) == []


def test_a_second_one_on_the_same_folder_says_so_in_one_line(begun_dir: Path) -> None:
    with running_bank(begun_dir) as bank:
        second = bankcore("up", "--port", "0", data_dir=begun_dir)

        assert second.returncode == 1
        assert len(second.stderr.strip().splitlines()) == 1
        assert str(begun_dir) in second.stderr
        assert bank.url in second.stderr
        with urllib.request.urlopen(f"{bank.url}/health/ready", timeout=5) as answer:
            assert answer.status == 200


def test_an_api_and_a_simulator_that_are_killed_are_started_again(begun_dir: Path) -> None:
    with running_bank(begun_dir, BANKCORE_PROVIDER_SIMULATOR="true") as bank:

        def running() -> list[int]:
            pids = bank.description()["pids"]
            return [*pids["api"], *pids["simulator"]]

        before = running()
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while len(set(running()) - set(before)) < 2 and time.monotonic() < deadline:
            time.sleep(0.1)

        assert len(set(running()) - set(before)) == 2


def test_a_port_in_use_is_named_in_one_line(begun_dir: Path) -> None:
    with running_bank(begun_dir) as bank:
        port = bank.url.rsplit(":", 1)[1]
        other = begun_dir.parent / "other"
        second = bankcore("up", "--port", port, data_dir=other)

    assert second.returncode == 1
    assert second.stderr.strip().splitlines()[-1].startswith("bankcore: BANKCORE_PORT: cannot listen on")
