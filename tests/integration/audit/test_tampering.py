"""Away from the bank, with an export, a checkpoint from outside and the public key, every tampering is found."""

import os
import random
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from bankcore.holds.commands import PlaceHold
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Transfer
from bankcore_infra.audit.laws.findings import LogFinding
from bankcore_infra.audit.laws.program import verify
from bankcore_infra.audit.verifying.export import ExportRequest, LogExport
from bankcore_infra.audit.verifying.log_verification import verify_log
from bankcore_infra.db.engine import Database
from tests.integration.audit.history import live
from tests.integration.audit.tamperings import Superuser
from tests.worlds.sealing import AUDITOR, SealingRole, tenant_of
from tests.worlds.sql_bank import ScratchDatabase, SqlBank
from tests.worlds.values import npr

pytestmark = pytest.mark.usefixtures("unmeasured")

ROUNDS: Final = int(os.environ.get("BANKCORE_TEST_TAMPERINGS", "60"))
CLEAN_EXPORTS: Final = int(os.environ.get("BANKCORE_TEST_CLEAN_EXPORTS", "10"))
SEED: Final = int(os.environ.get("BANKCORE_TEST_SEED", "1"))


class Auditor:
    """Somebody with the key and the last checkpoint, who is handed exports."""

    def __init__(self, bank: SqlBank, role: SealingRole, database: Database, file: Path) -> None:
        self._bank = bank
        self._role = role
        self._database = database
        self._file = file
        self.note = ""

    def findings(self, request: ExportRequest | None = None) -> list[LogFinding]:
        """What is wrong with an export of this moment."""
        with self._database.engine_for(self._bank.tenant_id).connect() as connection, self._file.open("wb") as file:
            file.writelines(LogExport(connection, tenant_of(self._bank), request or ExportRequest()).lines())
        return verify(self._file, [self.note], self._role.keys.public.pem()).findings


@pytest.fixture
def auditor(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path) -> Iterator[Auditor]:
    with Database(scratch.url(AUDITOR), pool_size=1) as database:
        yield Auditor(bank, role, database, tmp_path / "log.ndjson")


def seal_all(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole) -> str:
    """Seal until nothing is left; the last note, as somebody outside keeps it."""
    while not (sealed := role.seal(scratch, bank)).is_done:
        pass
    assert sealed.note is not None
    return sealed.note.text()


@pytest.mark.timeout(60 + ROUNDS)
def test_any_single_tampering_is_found_and_named_away_from_the_database(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, auditor: Auditor
) -> None:
    alice, bob = live(bank)
    bank.ledger.execute([PlaceHold(alice, npr("1.00"))])
    seal_all(bank, scratch, role)
    missed, unnamed, found = [], [], Counter[str]()
    with Superuser.of(scratch, random.Random(SEED)) as superuser:
        superuser.copy("old")
        for _ in range(3):
            bank.ledger.execute([Transfer(alice, bob, npr("2.00")), PlaceHold(bob, npr("0.50"), reference="room 7")])
            auditor.note = seal_all(bank, scratch, role)
        superuser.copy("now")
        assert auditor.findings() == []

        for _round in range(ROUNDS):
            done = superuser.tamper()
            told = "\n".join(map(str, auditor.findings()))
            superuser.put_back("now")
            found[done.kind] += bool(told)
            if not told:
                missed.append(done)
            elif done.names and not any(name in told for name in done.names):
                unnamed.append((done, told))

    for kind, times in sorted(found.items()):
        sys.stdout.write(f"{times:5} {kind}\n")
    assert (missed, unnamed) == ([], [])


def test_what_a_bank_does_by_itself_is_no_finding_in_the_database_either(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, auditor: Auditor
) -> None:
    live(bank)
    auditor.note = seal_all(bank, scratch, role)

    with Database(scratch.url(AUDITOR), pool_size=1) as database, database.engine_for(bank.tenant_id).connect() as own:
        in_database = verify_log(own, tenant_of(bank), role.keys.public).findings

    assert (in_database, auditor.findings()) == ((), [])


@pytest.mark.timeout(60 + 3 * CLEAN_EXPORTS)
def test_clean_exports_of_a_busy_bank_give_no_alarm(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, auditor: Auditor
) -> None:
    people = [*live(bank), *(bank.open_account(f"person {number}", balance="500.00").id for number in range(4))]
    auditor.note = seal_all(bank, scratch, role)
    is_over, turns = threading.Event(), threading.Semaphore(0)

    def post(seed: int, accounts: list[AccountId]) -> None:
        dice = random.Random(seed)
        while turns.acquire() and not is_over.is_set():
            pairs = [dice.sample(accounts, 2) for _ in range(dice.randint(1, 3))]
            bank.ledger.execute([Transfer(source, destination, npr("0.01")) for source, destination in pairs])

    writers = [threading.Thread(target=post, args=(number, people)) for number in range(6)]
    for writer in writers:
        writer.start()
    alarms = []
    try:
        for number in range(CLEAN_EXPORTS):
            turns.release(20)
            if number % 2:
                note = role.seal(scratch, bank, batch=30).note
                auditor.note = note.text() if note is not None and number % 3 else auditor.note
            alarms += auditor.findings(ExportRequest(log_only=number % 5 == 0))
    finally:
        is_over.set()
        turns.release(len(writers))
        for writer in writers:
            writer.join()

    assert alarms == []
