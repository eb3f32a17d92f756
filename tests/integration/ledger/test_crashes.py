"""What is left when a process dies between debit and credit: all of it or nothing, and the key tells which."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest
from psycopg import Connection as DriverConnection
from sqlalchemy import Connection

from bankcore.errors import OutcomeUnknownError, UnavailableError
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Transfer
from bankcore.ledger.outcomes import Outcome
from tests.integration.ledger.books import require_sound
from tests.worlds.database_faults import COMMIT, Accident, accident_at, backend_of, terminated_backend
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr, words

pytestmark = pytest.mark.usefixtures("unmeasured")

PATIENCE_S: Final = 20.0
SOURCE: Final = Path(__file__).parents[3] / "src"
# Forks before it opens anything, so that each child is as fresh as a new process and costs nothing to start.
CHILDREN: Final = """
import os, signal, sys
from uuid import UUID
from bankcore.ledger.commands import Transfer
from bankcore.ledger.service import LedgerService
from bankcore.money import Money
from bankcore_infra.audit.recording.listener import AuditListener
from bankcore_infra.db import tenant_connection
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.signals import LedgerSignals
from bankcore_infra.ledger.unit import SqlUnitsOfWork
url, tenant, alice, bob, count = sys.argv[1], *map(UUID, sys.argv[2:5]), int(sys.argv[5])

def transfer_and_die(index):
    database, signals, seen = Database(url), LedgerSignals(), []
    AuditListener().attach(signals)
    class DeadlyExchange(tenant_connection.Exchange):
        def send(self, sent):
            if sent.statement.text != b"BEGIN":
                seen.append(1)
            if len(seen) == index + 1:
                if self.sent:
                    self.finish()
                os.kill(os.getpid(), signal.SIGKILL)
            super().send(sent)
    tenant_connection.Exchange = DeadlyExchange
    ledger = LedgerService(tenant, SqlUnitsOfWork(OwnTransactions(database, tenant), signals), RandomIdentifiers())
    ledger.execute([Transfer(alice, bob, Money.of("1.00", "NPR"), idempotency_key=f"key-{index}")])

for index in range(count):
    child = os.fork()
    if child == 0:
        transfer_and_die(index)
        os._exit(0)
    print(index, os.waitpid(child, 0)[1] == signal.SIGKILL, flush=True)
"""


def killed_backend(connection: Connection | DriverConnection[Any]) -> None:
    """The server's end of the connection dies as if out of memory, at which the whole server starts anew."""
    os.kill(backend_of(connection), signal.SIGKILL)
    time.sleep(0.1)


def count_statements(bank: SqlBank, command: Transfer) -> int:
    with accident_at(bank.database.engine_for(bank.tenant_id), -1, lambda _connection: None) as fuse:
        bank.ledger.execute([command])
    assert fuse.statements[-1] == COMMIT
    return len(fuse.statements)


def send_until_answered(bank: SqlBank, command: Transfer) -> list[Outcome]:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with suppress(UnavailableError, OutcomeUnknownError):
            return bank.ledger.execute([command])
        time.sleep(0.05)
    pytest.fail("no answer")


def test_a_backend_that_ends_at_any_statement_leaves_one_effect(bank: SqlBank) -> None:
    alice, bob = bank.open_account(balance="100.00"), bank.open_account("bob")
    statements = count_statements(bank, Transfer(alice.id, bob.id, npr("1.00"), idempotency_key="rehearsal"))

    for index in range(statements):
        command = Transfer(alice.id, bob.id, npr("1.00"), idempotency_key=f"key-{index}")
        with accident_at(bank.database.engine_for(bank.tenant_id), index, terminated_backend(bank.scratch)) as fuse:
            first = bank.ledger.execute([command])

        assert fuse.has_blown
        assert words([*first, *bank.ledger.execute([command])]) == ["posted", "again:posted"]
        assert bank.balance(bob) == f"{index + 2}.00"
        require_sound(bank)


def test_without_a_key_the_end_of_the_backend_during_commit_is_said_to_be_unknown(bank: SqlBank) -> None:
    alice, bob = bank.open_account(balance="100.00"), bank.open_account("bob")
    statements = count_statements(bank, Transfer(alice.id, bob.id, npr("1.00")))
    end: Accident = terminated_backend(bank.scratch)

    with accident_at(bank.database.engine_for(bank.tenant_id), statements - 1, end), pytest.raises(OutcomeUnknownError):
        bank.ledger.transfer(alice.id, bob.id, npr("1.00"))

    assert bank.balance(bob) == "1.00"
    require_sound(bank)


@pytest.mark.timeout(120)
def test_a_crash_of_the_whole_server_leaves_one_effect(bank: SqlBank) -> None:
    alice, bob = bank.open_account(balance="100.00"), bank.open_account("bob")
    statements = count_statements(bank, Transfer(alice.id, bob.id, npr("1.00"), idempotency_key="rehearsal"))

    for number, index in enumerate((statements - 3, statements - 2, statements - 1)):
        command = Transfer(alice.id, bob.id, npr("1.00"), idempotency_key=f"key-{index}")
        with accident_at(bank.database.engine_for(bank.tenant_id), index, killed_backend) as fuse:
            answers = send_until_answered(bank, command)

        assert fuse.has_blown
        assert words(answers) == ["posted"]
        assert bank.balance(bob) == f"{number + 2}.00"
        require_sound(bank)


def test_a_client_that_is_killed_at_any_statement_leaves_nothing_and_its_key_can_be_driven_again(bank: SqlBank) -> None:
    alice, bob = bank.open_account(balance="100.00"), bank.open_account("bob")
    statements = count_statements(bank, Transfer(alice.id, bob.id, npr("1.00"), idempotency_key="rehearsal"))

    names = [bank.scratch.url("bankcore_app"), *map(str, [bank.tenant_id, alice.id, bob.id, statements + 1])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SOURCE), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", CHILDREN, *names],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    killed = [line.endswith("True") for line in done.stdout.splitlines()]
    assert killed == [True] * statements + [False]
    assert bank.balance(bob) == "2.00"
    require_sound(bank)
    answers = [redrive(bank, alice.id, bob.id, index) for index in range(statements + 1)]
    assert answers == ["posted"] * statements + ["again:posted"]
    assert bank.balance(bob) == f"{statements + 2}.00"


def redrive(bank: SqlBank, alice_id: AccountId, bob_id: AccountId, index: int) -> str:
    return words(bank.ledger.execute([Transfer(alice_id, bob_id, npr("1.00"), idempotency_key=f"key-{index}")]))[0]
