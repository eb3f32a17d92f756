"""The simulator of payment providers beside a bank that somebody tries: whether it runs, where, and who is told."""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from bankcore_infra.cli.role_process import RoleProcess, role_environment
from bankcore_infra.installation import Installation
from bankcore_infra.payments.settings import PaymentSettings
from bankcore_infra.processes import STARTER_VARIABLE
from bankcore_infra.settings import PREFIX, ProcessRole, Settings, variable_of
from bankcore_infra.sockets import Listening, find_listening

SIMULATOR: Final = "simulator"
_THIS_MACHINE: Final = "127.0.0.1"


def find_simulator(installation: Installation, settings: Settings) -> Listening | None:
    """Where the simulator is to listen: beside a whole bank on servers of its own, unless the settings name another."""
    payments = settings.of(PaymentSettings)
    is_tried = installation.servers is not None and settings.role is ProcessRole.ALL
    if not is_tried or not payments.provider_simulator or payments.provider_simulator_url is not None:
        return None
    return find_listening(_THIS_MACHINE, 0)


def settings_with(simulator: Listening | None, settings: Settings, bank: Listening) -> Mapping[str, str]:
    """What the roles are told of it, and of where it is to send webhooks."""
    if simulator is None:
        return {}
    local = Listening(_THIS_MACHINE, bank.port) if ip_address(bank.host).is_unspecified else bank
    outside = settings.of(PaymentSettings).public_url or local.url
    return {variable_of("provider_simulator_url"): simulator.url, variable_of("public_url"): outside}


def simulator_process(listening: Listening, data_dir: Path) -> RoleProcess:
    """The simulator, which gets no setting of the bank; its books are in the data folder."""
    words = ("--port", str(listening.port), "--journal", str(data_dir / "simulated-providers.ndjson"))
    ours = {name.upper(): "" for name in os.environ if name.upper().startswith(PREFIX)}
    return RoleProcess(
        SIMULATOR,
        role_environment({**ours, STARTER_VARIABLE: str(os.getpid())}),
        data_dir / "log" / f"{SIMULATOR}.log",
        program=("bankcore_infra.cli.simulator", *words),
    )
