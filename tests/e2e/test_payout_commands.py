"""Payouts on the command line, and workers that are killed while they pay."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import psycopg
import pytest

from bankcore import Money
from bankcore.ledger.accounts import Account
from bankcore_infra import open_bank
from bankcore_infra.installation import Installation
from tests.worlds.program import Run, environment

pytestmark = pytest.mark.timeout(600)

# The full size, a payroll of 14,000 whose worker is killed 20 times, takes some minutes.
ITEMS: Final = int(os.environ.get("BANKCORE_TEST_PAYOUT_ITEMS", "2000"))
KILLS: Final = int(os.environ.get("BANKCORE_TEST_PAYOUT_KILLS", "3"))


def people(installation: Installation, *, payees: int, funds: str) -> tuple[Account, list[Account]]:
    """A payer with that much money, and accounts to pay to."""
    with open_bank(data_dir=installation.data_dir) as bank:
        main = bank.tenant("main")
        payer = main.accounts.open(currency="NPR", owner_id="boss")
        main.ledger.deposit(payer.id, Money.of(funds, "NPR"))
        return payer, [main.accounts.open(currency="NPR", owner_id=f"payee-{each}") for each in range(payees)]


def test_a_file_is_checked_paid_and_shown(run: Run, installation: Installation, tmp_path: Path) -> None:
    payer, payees = people(installation, payees=2, funds="100.00")
    file = tmp_path / "wages.csv"
    file.write_text("account,amount\n1,1.00\n" + "".join(f"{each.number},10.00\n" for each in payees))

    wrong = run("payouts", "start", str(file), "--from", payer.number)
    file.write_text("account,amount\n" + "".join(f"{each.number},10.00\n" for each in payees))
    started = run("payouts", "start", str(file), "--from", payer.number, "--name", "Wages", "--key", "jan")
    again = run("payouts", "start", str(file), "--from", str(payer.id), "--name", "Wages", "--key", "jan")

    assert wrong.exit_code == 1
    assert f"{file}:2: account: there is no such account" in wrong.stderr
    assert "1 problems; nothing was started" in wrong.stderr
    assert "is started: 2 items, 20.00 NPR" in started.stdout
    assert "was started before" in again.stdout
    (listed,) = [each for each in json.loads(run("payouts", "list", "--json").stdout) if each["name"] == "Wages"]
    payout = listed["id"]
    assert "is paused" in run("payouts", "pause", payout).stdout
    assert "is paused: 0 of 2 items paid" in run("payouts", "watch", payout).stdout
    assert "is running" in run("payouts", "resume", payout).stdout
    assert "nothing more is due" in run("payouts", "run").stdout
    assert "is completed: 2 of 2 items paid, 20.00 NPR, 0 failed" in run("payouts", "watch", payout).stdout
    items = json.loads(run("payouts", "items", payout, "--status", "paid", "--json").stdout)
    assert [item["accountId"] for item in items] == [str(each.id) for each in payees]
    for steering in ("cancel", "retry"):
        assert run("payouts", steering, payout).exit_code == 1


def test_a_file_says_its_format_and_whom_it_is_from(run: Run, installation: Installation, tmp_path: Path) -> None:
    payer, _payees = people(installation, payees=0, funds="1.00")
    file = tmp_path / "wages.txt"
    file.write_bytes(b"account,amount\n\xff\n")

    assert "give --format" in run("payouts", "start", str(file), "--from", payer.number).stderr
    options = ("--from", payer.number, "--format", "csv")
    assert "is not in UTF-8" in run("payouts", "start", str(file), *options).stderr
    file.write_text('{"account": "1", "amount": "1.00"}\n')
    unknown = run("payouts", "start", str(file), "--from", "1", "--format", "ndjson")
    assert "there is no account 1" in unknown.stderr


def test_a_payroll_whose_worker_is_killed_again_and_again_is_paid_once(
    run: Run, installation: Installation, tmp_path: Path
) -> None:
    payer, payees = people(installation, payees=50, funds=f"{ITEMS}.00")
    file = tmp_path / "wages.ndjson"
    rows = ({"account": payees[each % 50].number, "amount": "1.00", "reference": f"w{each}"} for each in range(ITEMS))
    file.write_text("\n".join(map(json.dumps, rows)))
    assert run("payouts", "start", str(file), "--from", payer.number, "--name", "Payroll").exit_code == 0
    assert installation.superuser_url is not None

    killed = 0
    with psycopg.connect(installation.superuser_url, autocommit=True) as books:

        def paid() -> int:
            row = books.execute("SELECT paid_items FROM bankcore.payout_jobs WHERE name = 'Payroll'").fetchone()
            assert row is not None
            return int(row[0])

        while paid() < ITEMS:
            # After a part of the items that is left, wherever the worker is then.
            goal = paid() + (ITEMS - paid()) // (KILLS - killed + 1) if killed < KILLS else ITEMS
            words = ["payouts", "run", "--data-dir", str(installation.data_dir)]
            worker = subprocess.Popen(
                [sys.executable, "-m", "bankcore_infra", *words], env=environment(), stdout=subprocess.DEVNULL
            )
            while paid() < goal and worker.poll() is None:
                # Or asking would take half of the machine.
                time.sleep(0.005)
            if killed < KILLS:
                worker.send_signal(signal.SIGKILL)
                killed += 1
            worker.wait()

        doubled = books.execute(
            "SELECT count(*), count(DISTINCT source_id) FROM bankcore.transactions WHERE source_type = 'payout_item'"
            " AND source_id LIKE (SELECT id || '/%%' FROM bankcore.payout_jobs WHERE name = 'Payroll')"
        ).fetchone()
    assert killed == KILLS
    assert doubled == (ITEMS, ITEMS)
    with open_bank(data_dir=installation.data_dir) as bank:
        accounts = bank.tenant("main").accounts
        assert accounts.balance(payer.id).balance.minor == accounts.balance(payer.id).held.minor == 0
        received = sum(accounts.balance(each.id).balance.minor for each in payees)
    assert received == ITEMS * 100
    assert run("verify").exit_code == 0
