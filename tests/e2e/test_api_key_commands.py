"""`bankcore api-key`, on a running bank: a key is made, used, rotated and revoked."""

import json

import pytest

from bankcore.api_keys.authenticate import ApiKeyDirectory
from bankcore.errors import UnauthenticatedError
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import Installation
from bankcore_infra.wiring import Bank
from tests.worlds.program import Run

pytestmark = pytest.mark.timeout(180)


def test_a_key_is_made_used_rotated_and_revoked(installation: Installation, run: Run) -> None:
    wanted = (
        "--name",
        "checkout",
        "--scope",
        "accounts:read",
        "--network",
        "203.0.113.0/24",
        "--expires",
        "2100-01-01",
    )
    created = run("api-key", "create", *wanted, "--json")
    assert created.exit_code == 0, created.output
    made = json.loads(created.stdout)
    rotated = json.loads(run("api-key", "rotate", made["id"], "--overlap-hours", "0", "--json").stdout)
    bank = Bank(installation, load_settings(data_dir=installation.data_dir))
    try:
        directory = bank.get(ApiKeyDirectory)
        service = directory.authenticate(rotated["secret"], client="203.0.113.7")
        with pytest.raises(UnauthenticatedError):
            directory.authenticate(made["secret"], client="203.0.113.7")
    finally:
        bank.disconnect()

    told = run("api-key", "revoke", rotated["id"]).stdout
    listed = json.loads(run("api-key", "list", "--json").stdout)

    assert (str(service.key_id), str(service.service_id)) == (rotated["id"], made["id"])
    assert "checkout is revoked" in told
    newest, oldest = (each for each in listed if each["serviceId"] == made["id"])
    assert newest["revokedAt"] is not None
    assert (oldest["id"], oldest["revokedAt"], oldest["networks"]) == (made["id"], None, "203.0.113.0/24")
    assert made["secret"] not in json.dumps(listed)
