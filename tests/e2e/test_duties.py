"""An operator sees which of the things that go on beside the API do not, without reading logs."""

import json
import urllib.request
from pathlib import Path
from typing import Any, Final

import pytest

from bankcore_infra.installation import Installation
from tests.worlds.program import EVERY_ROLE, running_bank
from tests.worlds.running_client import Person, wait_for

pytestmark = [pytest.mark.timeout(180), pytest.mark.enable_socket, pytest.mark.usefixtures("unmeasured")]
_WITHIN_S: Final = 40.0
_TOKEN: Final = "token-of-the-monitoring"


def readiness(url: str) -> dict[str, Any]:
    """What the bank says of itself, which is ready."""
    with urllib.request.urlopen(f"{url}/health/ready", timeout=20) as answer:
        document: dict[str, Any] = json.load(answer)
        return document


def test_a_place_that_takes_no_checkpoint_is_seen(begun_dir: Path) -> None:
    settings = {"BANKCORE_CHECKPOINT_COMMAND": "false", "BANKCORE_METRICS_TOKEN": _TOKEN}
    expected = {"sealing": "ok", "publication": "failing", "relay": "ok"}

    with running_bank(begun_dir, **settings, **EVERY_ROLE) as bank:
        Person(bank.url, "sita").register()
        assert wait_for(lambda: readiness(bank.url)["duties"] == expected, within_s=_WITHIN_S), readiness(bank.url)
        assert readiness(bank.url)["status"] == "ok"
        request = urllib.request.Request(f"{bank.url}/metrics", headers={"Authorization": f"Bearer {_TOKEN}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            page = answer.read().decode()

    assert 'bankcore_duty_done{duty="sealing"} 1.0' in page
    assert 'bankcore_duty_done{duty="publication"} 0.0' in page


def test_a_bank_that_seals_nothing_says_so_when_it_starts_and_whenever_it_is_asked(
    installation: Installation, data_dir: Path
) -> None:
    addresses = {
        "BANKCORE_DATABASE_URL": installation.app_url,
        "BANKCORE_REDIS_URL": installation.redis_url or "",
    }
    expected = {"sealing": "off", "publication": "off", "relay": "ok"}

    with running_bank(data_dir, **addresses, **EVERY_ROLE) as bank:
        assert wait_for(lambda: readiness(bank.url)["duties"] == expected, within_s=_WITHIN_S), readiness(bank.url)
        bank.stop()
        assert bank.process.stderr is not None
        told = bank.process.stderr.read()

    assert "BANKCORE_SEALER_DATABASE_URL is not set: no record is sealed" in told


def test_without_a_redis_nothing_that_follows_is_said_to_go_on(installation: Installation, data_dir: Path) -> None:
    with running_bank(data_dir, BANKCORE_DATABASE_URL=installation.app_url, **EVERY_ROLE) as bank:
        assert readiness(bank.url)["duties"] == {"sealing": "off", "publication": "off", "relay": "off"}
