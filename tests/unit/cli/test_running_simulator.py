"""Commands ask the simulator that runs beside a bank, and none that is gone or that nobody meant."""

import json
import os
from pathlib import Path

import pytest

from bankcore_infra.cli.running_simulator import find_running_simulator
from bankcore_infra.environment import load_settings

URL = "http://127.0.0.1:8200"
NOBODY = 2**22 + 1
"""No process has this id: Linux gives none above 2^22."""


def test_the_simulator_of_the_running_bank_is_found(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    description = tmp_path / "bankcore.json"
    assert find_running_simulator(settings) is None

    description.write_text(json.dumps({"providerSimulatorUrl": URL, "pids": {"up": os.getpid()}}))
    assert find_running_simulator(settings) == URL

    left_behind: list[object] = [
        {"providerSimulatorUrl": URL, "pids": {"up": NOBODY}},
        {"pids": {"up": os.getpid()}},
        [],
    ]
    for left in left_behind:
        description.write_text(json.dumps(left))
        assert find_running_simulator(settings) is None
    description.write_text(json.dumps({"providerSimulatorUrl": None, "pids": {"up": os.getpid()}}))
    assert find_running_simulator(settings) is None


@pytest.mark.parametrize(
    "named", [{"provider_simulator_url": "http://127.0.0.1:1"}, {"database_url": "postgresql://bank@127.0.0.1/bank"}]
)
def test_whoever_names_another_simulator_or_servers_means_those(tmp_path: Path, named: dict[str, str]) -> None:
    (tmp_path / "bankcore.json").write_text(json.dumps({"providerSimulatorUrl": URL, "pids": {"up": os.getpid()}}))

    assert find_running_simulator(load_settings(data_dir=tmp_path, **named)) is None
