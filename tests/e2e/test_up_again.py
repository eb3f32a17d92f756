"""`bankcore up` again: after a stop, after its death, in other surroundings, and where books were tampered with."""

import signal
import time
from pathlib import Path

import psycopg
import pytest

from bankcore_infra import open_bank
from tests.worlds.program import AS_IN_EARNEST, run_here, running_bank, wait_until_gone

pytestmark = [pytest.mark.timeout(180), pytest.mark.enable_socket, pytest.mark.usefixtures("unmeasured")]


def behind_a_proxy(host: str) -> dict[str, str]:
    """Settings of a bank that serves there, while whatever asks others does so through a proxy."""
    proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy"), "http://127.0.0.1:9")
    return {"BANKCORE_HOST": host, "no_proxy": "", "NO_PROXY": "", **proxies}


def test_ctrl_c_and_kill_9_leave_nothing_running_and_data_survives_them_at_any_address(begun_dir: Path) -> None:
    with running_bank(begun_dir, **behind_a_proxy("localhost")) as bank:
        assert bank.url.startswith("http://127.0.0.1:")
        assert run_here("tenant", "create", "second", data_dir=begun_dir).exit_code == 0
        assert bank.stop(signal.SIGINT) == 0

    with running_bank(begun_dir, **AS_IN_EARNEST) as bank:
        pids = bank.description()["pids"]
        bank.process.kill()
        bank.process.wait(10)
        roles = [*pids["api"], *pids["worker"], *pids["scheduler"]]
        assert len(roles) == 3
        assert wait_until_gone([pids["postgres"], pids["valkey"], *roles]) == []

    started = time.monotonic()
    with running_bank(begun_dir, **behind_a_proxy("::1")) as bank:
        took_s = time.monotonic() - started
        assert bank.url.startswith("http://[::1]:")
        listed = run_here("tenant", "list", "--json", data_dir=begun_dir)

    assert '"slug": "second"' in listed.stdout
    # It takes two to four seconds; the rest is for a machine that runs other tests and measures coverage meanwhile.
    assert took_s < 30


def test_empty_settings_change_nothing_and_put_no_key_into_the_working_folder(data_dir: Path) -> None:
    working = data_dir.parent
    empty = {"BANKCORE_SEALING_DIR": "", "BANKCORE_HOST": "", "BANKCORE_CHECKPOINT_DIR": ""}

    with running_bank(data_dir, **empty):
        assert run_here("audit", "seal", data_dir=data_dir).exit_code == 0

    assert [path.name for path in working.iterdir()] == [data_dir.name]
    assert (data_dir / "sealing" / "public-key.pem").exists()


def test_verify_finds_what_a_superuser_changed_and_says_where(begun_dir: Path) -> None:
    with open_bank(data_dir=begun_dir) as bank:
        bank.tenant("main").accounts.open(currency="NPR", owner_id="alice")
        clean = run_here("verify", data_dir=begun_dir)
        with psycopg.connect(bank.installation.superuser_url or "") as connection:
            connection.execute("ALTER TABLE bankcore.accounts DISABLE TRIGGER ALL")
            connection.execute("UPDATE bankcore.accounts SET balance_minor = 100")
            connection.execute("ALTER TABLE bankcore.accounts ENABLE TRIGGER ALL")
        tampered = run_here("verify", "--json", data_dir=begun_dir)

    assert (clean.exit_code, tampered.exit_code) == (0, 1)
    assert '"clean": false' in tampered.stdout
    assert "has a balance of 100, its entries end at 0" in tampered.stdout
