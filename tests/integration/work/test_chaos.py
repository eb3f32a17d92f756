"""Workers, relay and broker are killed while money moves: every effect happens once, in the order of its account."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from bankcore.ledger.commands import Transfer
from tests.worlds.sql_bank import SqlBank
from tests.worlds.valkey import ValkeyProcess, valkey_process
from tests.worlds.values import npr
from tests.worlds.workers import prepare_effects

ROOT: Final = Path(__file__).parents[3]
TRANSFERS: Final = int(os.environ.get("BANKCORE_TEST_CHAOS_TRANSFERS", "300"))
PER_SHOCK: Final = 50
SEED: Final = 20_260_131

pytestmark = [pytest.mark.valkey, pytest.mark.timeout(60 + TRANSFERS / 10), pytest.mark.usefixtures("unmeasured")]


@dataclass
class Roles:
    """The processes at work; one that is killed is started again, as the supervisor does."""

    url: str
    redis_url: str
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    kills: int = 0

    def start(self, name: str) -> None:
        """Start a role, such as `relay-1`."""
        role, _, _number = name.partition("-")
        arguments = [self.url, self.redis_url, role]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
        self.running[name] = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.work.role_process", *arguments],
            env=environment,
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
        )

    def kill(self, name: str) -> None:
        """Kill it and start another one."""
        self.running[name].kill()
        self.running[name].wait()
        self.kills += 1
        self.start(name)

    def stop(self) -> None:
        """End all of them."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(30)


@contextmanager
def roles_of(bank: SqlBank, valkey: ValkeyProcess) -> Iterator[Roles]:
    """Two relays and two workers."""
    roles = Roles(bank.scratch.url(), valkey.url)
    for name in ("relay-1", "relay-2", "worker-1", "worker-2"):
        roles.start(name)
    try:
        yield roles
    finally:
        roles.stop()


def owed(bank: SqlBank) -> int:
    """How many effects of the second kind of record are missing, by the entries of customers."""
    (missing,) = bank.scratch.row("""
        SELECT 2 * count(*) - (SELECT count(*) FROM public.effects) FROM bankcore.entries e
        JOIN bankcore.accounts a ON a.tenant_id = e.tenant_id AND a.id = e.account_id WHERE a.kind = 'customer'""")
    assert isinstance(missing, int)
    return missing


def test_nothing_is_lost_doubled_or_overtaken_when_everything_is_killed(bank: SqlBank) -> None:
    prepare_effects(bank.scratch)
    dice = random.Random(SEED)
    accounts = [bank.open_account(f"holder {number}", floor=None) for number in range(20)]
    shocks = 0
    with valkey_process() as valkey, roles_of(bank, valkey) as roles:
        for number in range(TRANSFERS):
            pairs = [dice.sample(accounts, 2) for _ in range(dice.choice([1, 1, 10]))]
            bank.ledger.execute([Transfer(source.id, target.id, npr("1.00")) for source, target in pairs])
            if number % PER_SHOCK == PER_SHOCK - 1:
                shocks += 1
                match shocks % 4:
                    case 0:
                        valkey.flush()
                    case 1:
                        roles.kill(f"worker-{dice.randint(1, 2)}")
                    case 2:
                        roles.kill(f"relay-{dice.randint(1, 2)}")
                    case _:
                        valkey.kill()
                        valkey.start()
        deadline = time.monotonic() + 30 + TRANSFERS / 50
        while owed(bank) > 0 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert shocks == TRANSFERS // PER_SHOCK

    assert owed(bank) == 0
    doubled = (
        "SELECT count(*) FROM (SELECT FROM public.effects GROUP BY consumer, event_id, account_id HAVING count(*) > 1)"
    )
    overtaken = """
        SELECT count(*) FROM (
            SELECT sequence, lag(sequence) OVER (PARTITION BY consumer, account_id ORDER BY place) AS before
            FROM public.effects) AS effect
        WHERE sequence <> coalesce(before, 0) + 1"""
    assert bank.scratch.scalar(doubled) == 0
    assert bank.scratch.scalar(overtaken) == 0
    assert bank.scratch.scalar("SELECT count(*) FROM bankcore.parked_events") == 0
    assert roles.kills > 0
