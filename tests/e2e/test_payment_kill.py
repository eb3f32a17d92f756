"""A process that dies between sending an order and hearing of it: the payer is charged once, and the bank knows."""

import http.client
import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psutil
import pytest

from bankcore.testing.provider_simulator import ProviderSimulator
from bankcore_infra.clock import SystemClock
from tests.worlds.paying_bank import PayingBank, paying_bank
from tests.worlds.running_client import wait_for

pytestmark = [pytest.mark.timeout(120), pytest.mark.enable_socket]
KEY: Final = "order-7"
# By its last two digits the provider takes the order at once, and answers late.
HELD_BACK: Final = "150.14"
LONGER_THAN_A_KILL: Final = timedelta(seconds=3)


def pay(bank: PayingBank) -> tuple[int, Any]:
    """Status and data of the answer; 0 if there was none."""
    connection = http.client.HTTPConnection(urlsplit(bank.running.url).netloc, timeout=20)
    headers = bank.headers | {"Idempotency-Key": KEY}
    try:
        connection.request("POST", "/v1/payments", json.dumps(bank.order(HELD_BACK)), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())["data"]
    except (OSError, http.client.HTTPException):
        return 0, None
    finally:
        connection.close()


def kill_api(bank: PayingBank) -> None:
    """With all of its processes, at once."""
    for pid in bank.running.description()["pids"]["api"]:
        api = psutil.Process(pid)
        for process in (api, *api.children(recursive=True)):
            os.kill(process.pid, signal.SIGKILL)


def test_an_api_that_dies_while_the_provider_charges_neither_loses_the_payment_nor_charges_again(
    data_dir: Path,
) -> None:
    with (
        ProviderSimulator(SystemClock(), slow=LONGER_THAN_A_KILL) as simulator,
        paying_bank(data_dir, simulator.url) as bank,
        bank.superuser() as database,
        ThreadPoolExecutor(1) as payer,
    ):
        charges = simulator.books("stripe").charges
        asked = payer.submit(pay, bank)
        assert wait_for(lambda: charges, within_s=20)
        kill_api(bank)
        assert asked.result() == (0, None)

        assert wait_for(lambda: pay(bank)[0] == 201, within_s=20)
        assert pay(bank)[1]["status"] == "processing"
        database.execute("UPDATE bankcore.payments SET due_at = now()")

        assert wait_for(lambda: pay(bank)[1]["status"] == "completed", within_s=20)
        (charge,) = charges.values()
        posted = database.execute(
            "SELECT count(*), min(source_id) FROM bankcore.transactions WHERE source_type = 'payment'"
        ).fetchone()
        balance = database.execute(
            "SELECT balance_minor FROM bankcore.accounts WHERE id = %s", (bank.account_id,)
        ).fetchone()

    assert charge.status == "paid"
    assert posted is not None
    assert posted[0] == 1
    assert balance == ((charge.amount - charge.fee).minor,)
