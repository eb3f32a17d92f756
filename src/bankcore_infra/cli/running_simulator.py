"""Where the simulator of payment providers is that runs beside a bank, for commands that ask providers."""

import json
import os
from pathlib import Path

from bankcore_infra.installation import names_servers
from bankcore_infra.payments.settings import PaymentSettings
from bankcore_infra.settings import Settings


def find_running_simulator(settings: Settings) -> str | None:
    """The simulator of the running bank, where the settings name neither another one nor servers."""
    if names_servers(settings) or settings.of(PaymentSettings).provider_simulator_url is not None:
        return None
    return _told_in(settings.data_dir / "bankcore.json")


def _told_in(description: Path) -> str | None:
    """What stands there, unless it was left behind by a bank that is gone."""
    try:
        told = json.loads(description.read_text(encoding="utf-8"))
        os.kill(told["pids"]["up"], 0)
        url = told["providerSimulatorUrl"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return None if url is None else str(url)
