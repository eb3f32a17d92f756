"""`bankcore up` as its operator meets it: starting, sharing, stopping, dying, starting again."""

import os
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import pytest

from tests.worlds.begun_bank import begin_bank, folder_of_servers
from tests.worlds.program import AS_IN_EARNEST, RunningBank, bankcore, running_bank, wait_until_gone
from tests.worlds.running_client import wait_for

pytestmark = [pytest.mark.timeout(180), pytest.mark.enable_socket]
WITHIN_S = 30.0


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningBank]:
    """A running bank that nobody stops."""
    with folder_of_servers() as folder, running_bank(begin_bank(folder / "data")) as running:
        yield running


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except URLError:
        return False


def test_it_serves_says_where_starts_again_what_is_killed_and_leaves_nothing_running_after_sigterm(
    data_dir: Path,
) -> None:
    with running_bank(data_dir, **AS_IN_EARNEST, BANKCORE_PROVIDER_SIMULATOR="true") as bank:

        def killable() -> set[int]:
            pids = bank.description()["pids"]
            return {*pids["api"], *pids["simulator"]}

        first = bank.description()
        served = (f"{bank.url}/health/ready", f"{first['providerSimulatorUrl']}/paystack/books")
        assert [url for url in served if not answers(url)] == []
        assert first["url"] == bank.url
        assert (data_dir / "bankcore.json").stat().st_mode & 0o077 == 0

        before = killable()
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        assert wait_for(lambda: len(killable() - before) == 2, within_s=WITHIN_S)
        assert wait_for(lambda: all(map(answers, served)), within_s=WITHIN_S)
        description = bank.description()

        assert bank.stop(signal.SIGTERM) == 0

    pids = [description["pids"][name] for name in ("postgres", "valkey")]
    pids += description["pids"]["api"] + description["pids"]["simulator"]
    assert len(pids) == 4
    assert wait_until_gone(pids, 5) == []


def test_a_second_one_on_the_same_folder_says_so_in_one_line(shared: RunningBank) -> None:
    second = bankcore("up", "--port", "0", data_dir=shared.data_dir)

    assert second.returncode == 1
    assert len(second.stderr.strip().splitlines()) == 1
    assert str(shared.data_dir) in second.stderr
    assert shared.url in second.stderr
    assert answers(f"{shared.url}/health/ready")


def test_a_port_in_use_is_named_in_one_line(shared: RunningBank, begun_dir: Path) -> None:
    port = shared.url.rsplit(":", 1)[1]
    second = bankcore("up", "--port", port, data_dir=begun_dir)

    assert second.returncode == 1
    assert second.stderr.strip().splitlines()[-1].startswith("bankcore: BANKCORE_PORT: cannot listen on")
