"""A whole running bank while its roles are killed and its broker forgets everything, at random, again and again."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

import psutil
import psycopg
import pytest
from redis import Redis

from bankcore_infra.audit import standalone_verifier
from tests.e2e.retrying_client import RetryingClient
from tests.worlds.program import AS_IN_EARNEST, RunningBank, bankcore, running_bank
from tests.worlds.running_client import Person, wait_for

# Too long for every day.
TRANSFERS: Final = int(os.environ.get("BANKCORE_TEST_CHAOS_UP_TRANSFERS", "0"))
PER_SHOCK: Final = 250
ACCOUNTS: Final = 20
THREADS: Final = 8
SEED: Final = int(os.environ.get("BANKCORE_TEST_SEED", "20260131"))
CALM_S: Final = 120 + TRANSFERS / 20

pytestmark = [
    pytest.mark.skipif(TRANSFERS == 0, reason="set BANKCORE_TEST_CHAOS_UP_TRANSFERS, for instance to 10000"),
    pytest.mark.enable_socket,
    pytest.mark.timeout(300 + TRANSFERS / 10),
]

MISSING: Final = """
    SELECT (SELECT count(*) FROM bankcore.cursors JOIN bankcore.log_states USING (tenant_id) WHERE position < size)
         + (SELECT count(*) FROM bankcore.accounts AS account
            LEFT JOIN bankcore.fraud_activities AS remembered ON remembered.account_id = account.id
            WHERE account.kind = 'customer' AND account.version <> coalesce(remembered.sequence, 0))
"""
# An effect's time is when its transaction began, which is after the one before it in the log had committed.
OVERTAKEN: Final = """
    SELECT count(*) FROM (
        SELECT told.created_at < lag(told.created_at) OVER (ORDER BY leaf.idx) AS is_early
        FROM bankcore.notifications AS told JOIN bankcore.log_leaves AS leaf ON leaf.audit_id = told.event_id) AS placed
    WHERE is_early
"""
# Both accounts are of one person, who is told once.
TOLD: Final = """
    SELECT count(*) FROM bankcore.notifications JOIN bankcore.audit_log AS log ON log.id = event_id
    JOIN bankcore.transactions AS moved ON moved.id = log.subject_id WHERE moved.kind = 'transfer'
"""
UNSEALED: Final = """
    SELECT (SELECT count(*) FROM bankcore.audit_log) - (SELECT count(*) FROM bankcore.log_leaves)
"""


@dataclass
class Shocks:
    """Who is killed, and how often it was."""

    bank: RunningBank
    dice: random.Random
    done: dict[str, int] = field(default_factory=dict)

    def next(self) -> None:
        """The next shock."""
        kind = self.dice.choice(["api", "api process", "worker", "scheduler", "flush"])
        self.done[kind] = self.done.get(kind, 0) + 1
        description = self.bank.description()
        match kind:
            case "flush":
                with Redis.from_url(description["redisUrl"]) as client:
                    client.flushall()
            case "api process":
                for pid in description["pids"]["api"]:
                    _kill(self.dice.choice(psutil.Process(pid).children() or [psutil.Process(pid)]).pid)
            case role:
                for pid in description["pids"][role]:
                    _kill(pid)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def transfer_all(bank: RunningBank, person: Person, accounts: list[str], shocks: Shocks) -> tuple[list[str], int]:
    """The ids of the acknowledged transfers, and how often something was sent again."""
    numbers, one_at_a_time = count(), threading.Lock()

    def work(seed: int) -> tuple[list[str], int]:
        dice, acknowledged = random.Random(f"{SEED}-{seed}"), []
        client = RetryingClient(bank.url, person.token, time.monotonic() + CALM_S)
        while (number := next(numbers)) < TRANSFERS:
            source, target = dice.sample(accounts, 2)
            body = {"fromAccountId": source, "toAccountId": target, "amount": "1.00", "currency": "NPR"}
            acknowledged.append(client.post("/v1/transactions/transfer", body, key=f"chaos-{number}")["id"])
            if number % PER_SHOCK == PER_SHOCK - 1:
                with one_at_a_time:
                    shocks.next()
        client.close()
        return acknowledged, client.retries

    with ThreadPoolExecutor(THREADS) as pool:
        shares = list(pool.map(work, range(THREADS)))
    return [each for share, _retries in shares for each in share], sum(retries for _share, retries in shares)


def take_along(data_dir: Path) -> Path:
    """The folder with the exported log, the checkpoint and the public key, as an auditor takes them away."""
    evidence = data_dir.parent / "evidence"
    for words in (["checkpoints", "--out", str(evidence)], ["export", "--out", str(evidence / "log.ndjson")]):
        assert bankcore("audit", *words, data_dir=data_dir, timeout_s=CALM_S).returncode == 0
    return evidence


def verify_offline(evidence: Path) -> subprocess.CompletedProcess[str]:
    """What the verifier says that runs without bankcore."""
    witness: list[str | Path] = [
        "--checkpoint",
        evidence / "main" / "latest.note",
        "--public-key",
        evidence / "public-key.pem",
    ]
    command = [sys.executable, standalone_verifier.__file__, evidence / "log.ndjson", *witness]
    return subprocess.run(command, capture_output=True, text=True, timeout=CALM_S, check=False)


def test_nothing_is_lost_doubled_or_overtaken_in_a_bank_whose_roles_are_killed(data_dir: Path) -> None:
    with running_bank(data_dir, **AS_IN_EARNEST) as bank:
        person = Person(bank.url, "sita").register()
        accounts = [person.account_id, *(person.open_account() for _ in range(ACCOUNTS - 1))]
        for account_id in accounts:
            person.deposit(f"{TRANSFERS}.00", account_id)
        superuser = bankcore("db", "url", "--role", "superuser", data_dir=data_dir).stdout.strip()
        shocks, began = Shocks(bank, random.Random(SEED)), time.monotonic()

        acknowledged, retries = transfer_all(bank, person, accounts, shocks)

        moved_s = time.monotonic() - began
        with psycopg.connect(superuser, autocommit=True) as connection:

            def number(statement: str) -> int:
                row = connection.execute(statement.encode()).fetchone()
                assert row is not None
                return int(row[0])

            assert wait_for(lambda: number(MISSING) == 0, within_s=CALM_S), number(MISSING)
            drained_s = time.monotonic() - began
            assert wait_for(lambda: number(UNSEALED) == 0, within_s=CALM_S), number(UNSEALED)
            posted = {
                str(id_)
                for (id_,) in connection.execute("SELECT id FROM bankcore.transactions WHERE kind = 'transfer'")
            }
            assert len(acknowledged) == TRANSFERS
            assert posted == set(acknowledged)
            assert number(OVERTAKEN) == 0
            assert number(TOLD) == TRANSFERS
            assert number("SELECT count(*) FROM bankcore.parked_events") == 0
            effects = number("SELECT count(*) FROM bankcore.notifications")
        verified = bankcore("verify", "--json", data_dir=data_dir, timeout_s=CALM_S)
        reconciled = bankcore("reconcile", "--json", data_dir=data_dir, timeout_s=CALM_S)
        evidence = take_along(data_dir)

    offline = verify_offline(evidence)
    assert offline.returncode == 0, offline.stdout + offline.stderr
    assert [tenant["findings"] for tenant in json.loads(verified.stdout)["tenants"]] == [[]]
    assert json.loads(reconciled.stdout)["clean"] is True
    print(  # noqa: T201 - shown with -s
        f"{TRANSFERS} transfers in {moved_s:.0f} s, all consumed after {drained_s:.0f} s; {retries} sent again;"
        f" {effects} notifications; shocks {shocks.done}"
    )
