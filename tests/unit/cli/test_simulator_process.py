"""Whether `bankcore up` runs simulated providers, and what the bank is told of them."""

from dataclasses import replace
from pathlib import Path

import pytest
from typing_extensions import override

from bankcore_infra.addresses import ServerAddresses
from bankcore_infra.cli.simulator_process import find_simulator, settings_with
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import Installation
from bankcore_infra.running_servers import RunningServers
from bankcore_infra.sockets import Listening

BANK = Listening("127.0.0.1", 8000)
SIMULATOR = Listening("127.0.0.1", 8200)


class NoServers(RunningServers):
    """Servers that run for no test."""

    @property
    @override
    def postgres_pid(self) -> int:
        return 0

    @property
    @override
    def valkey_pid(self) -> int:
        return 0

    @override
    def poll(self) -> str | None:
        return None

    @override
    def revive(self, name: str) -> None:
        raise AssertionError(name)

    @override
    def stop(self) -> None:
        raise AssertionError


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    addresses = ServerAddresses.of(load_settings())
    return Installation(
        addresses=addresses, superuser_url=None, data_dir=tmp_path, sealing_dir=tmp_path, servers=NoServers()
    )


def test_it_runs_beside_a_whole_bank_on_servers_of_its_own_on_this_machine_alone(installation: Installation) -> None:
    found = find_simulator(installation, load_settings())

    assert found is not None
    assert found.host == "127.0.0.1"


@pytest.mark.parametrize(
    "chosen",
    [{"provider_simulator": "false"}, {"provider_simulator_url": "http://127.0.0.1:8200"}, {"role": "api"}],
)
def test_it_does_not_run_where_the_settings_want_none(installation: Installation, chosen: dict[str, str]) -> None:
    assert find_simulator(installation, load_settings(**chosen)) is None


def test_it_does_not_run_on_servers_that_are_somebody_elses(installation: Installation) -> None:
    assert find_simulator(replace(installation, servers=None), load_settings()) is None


@pytest.mark.parametrize(
    ("host", "chosen", "told"),
    [
        ("127.0.0.1", {}, "http://127.0.0.1:8000"),
        ("::1", {}, "http://[::1]:8000"),
        ("0.0.0.0", {}, "http://127.0.0.1:8000"),
        ("127.0.0.1", {"public_url": "https://bank.example"}, "https://bank.example"),
    ],
)
def test_the_bank_is_told_of_it_and_says_where_webhooks_go(host: str, chosen: dict[str, str], told: str) -> None:
    said = settings_with(SIMULATOR, load_settings(**chosen), Listening(host, 8000))

    assert said == {"BANKCORE_PROVIDER_SIMULATOR_URL": SIMULATOR.url, "BANKCORE_PUBLIC_URL": told}


def test_without_it_the_bank_keeps_its_settings() -> None:
    assert settings_with(None, load_settings(), BANK) == {}
