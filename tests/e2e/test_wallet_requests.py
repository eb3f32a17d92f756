"""The collection of requests of wallets, on a running bank, and what happens to a transfer when the bank dies."""

import json
import signal
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from bankcore.clock import instant_text
from bankcore_infra.clock import SystemClock
from tests.worlds.http_file import HttpFile
from tests.worlds.program import TWO_THAT_ANSWER, run_here, running_bank

pytestmark = [pytest.mark.timeout(180), pytest.mark.enable_socket, pytest.mark.usefixtures("unmeasured")]

FILE: Final = Path(__file__).parents[2] / "examples" / "novapay.http"
SERVICE: Final = "the-token-of-the-wallet-services-0001"
SETTINGS: Final = {
    "BANKCORE_WALLETS_TOKEN": SERVICE,
    "BANKCORE_WALLETS_ADMIN_TOKEN": "the-token-of-those-who-look-after-it",
    "BANKCORE_FX_RATE_MAX_AGE_S": "3600",
}
ASHA: Final = "00000000-0000-4000-8000-0000000000a1"


def ask(url: str, path: str, body: object, *, key: str, method: str = "POST") -> Any:
    """The status and body of an answer; None if there was none."""
    headers = {"X-Service-Token": SERVICE, "Content-Type": "application/json", "Idempotency-Key": key}
    request = urllib.request.Request(url + path, json.dumps(body).encode(), headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)
    except OSError:
        return None


def test_every_request_of_the_collection_is_answered_as_it_says(begun_dir: Path, tmp_path: Path) -> None:
    rates = tmp_path / "rates.json"
    rates.write_text(json.dumps({"asOf": instant_text(SystemClock().now()), "rates": {"USD/EUR": "0.92"}}))

    with running_bank(begun_dir, **SETTINGS, BANKCORE_FX_RATES_FILE=str(rates)) as bank:
        answers = list(HttpFile.read(FILE, url=bank.url).send_all())

    assert {each.title: each.told for each in answers} == {each.title: each.promised for each in answers}
    assert len(answers) > 25


def test_a_transfer_during_which_the_bank_dies_is_made_once(begun_dir: Path) -> None:
    def transfers(url: str) -> list[Any]:
        with ThreadPoolExecutor(8) as threads:
            return list(threads.map(lambda key: ask(url, "/transactions/transfers", move, key=key), keys))

    keys = [f"transfer-{number // 3}" for number in range(90)]
    with running_bank(begun_dir, **TWO_THAT_ANSWER, **SETTINGS) as bank:
        wallets = [
            ask(bank.url, "/accounts/wallets", {"userId": ASHA, "currency": "USD", "accountNumber": n}, key=n)[1]["id"]
            for n in ("ACC-1", "ACC-2")
        ]
        credit = {"amount": "1000", "operation": "credit"}
        ask(bank.url, f"/accounts/wallets/{wallets[0]}/balance", credit, key="credit", method="PATCH")
        move = {
            **dict(zip(("senderWalletId", "recipientWalletId"), wallets, strict=True)),
            "senderUserId": ASHA,
            "recipientUserId": ASHA,
            "amount": "1",
            "currency": "USD",
        }
        with ThreadPoolExecutor(1) as thread:
            before = thread.submit(transfers, bank.url)
            # While requests are on their way: none is answered before, and most will be.
            assert ask(bank.url, "/transactions/transfers", move, key="transfer-0")[0] in {201, 409}
            bank.stop(signal.SIGKILL)
            lost = before.result().count(None)

    with running_bank(begun_dir, **TWO_THAT_ANSWER, **SETTINGS) as bank:
        statuses = {answer[0] for answer in transfers(bank.url) if answer is not None}
        again = {answer[0] for answer in transfers(bank.url) if answer is not None}
        headers = {"X-Service-Token": SERVICE}
        request = urllib.request.Request(f"{bank.url}/accounts/wallets/{wallets[1]}/balance", headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            balance = json.load(answer)["balance"]
        verdict = run_here("verify", data_dir=begun_dir)

    assert lost
    assert statuses <= {201, 409}
    assert again == {201}
    assert balance == "30.00000000"
    assert verdict.exit_code == 0, verdict.stdout
