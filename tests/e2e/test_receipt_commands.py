"""`bankcore audit verify --receipt`: who keeps a receipt can hold a bank to it that took the record away in time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from bankcore.audit.receipts import AuditReceipts
from bankcore.ledger.transactions import Transaction
from bankcore.money import Money
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import Installation
from bankcore_infra.wiring import Bank
from tests.worlds.audit_evidence import Evidence, said_of, take_evidence, verify
from tests.worlds.program import Run

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def bank(installation: Installation) -> Iterator[Bank]:
    """The bank behind the commands."""
    opened = Bank(installation, load_settings(data_dir=installation.data_dir))
    yield opened
    opened.database.close()


@pytest.fixture
def evidence(bank: Bank, run: Run, tmp_path: Path) -> Evidence:
    """A sealed log with postings, exported, and the checkpoints beside it."""
    return take_evidence(bank, run, tmp_path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """A deposit, and the words that hold a log to its receipt."""

    transaction: Transaction
    receipt: Path
    keys: Path

    @property
    def words(self) -> tuple[str, ...]:
        return ("--receipt", str(self.receipt), "--receipt-keys", str(self.keys))


@pytest.fixture
def promised(bank: Bank, run: Run, evidence: Evidence, tmp_path: Path) -> Promised:
    """A deposit that is not sealed yet; the keys are taken along beside the checkpoints."""
    bob = bank.tenant("main").accounts.open(currency="NPR", owner_id="bob")
    transaction = bank.tenant("main").ledger.deposit(bob.id, Money.of("3.00", "NPR"))
    receipt = tmp_path / "receipt.jws"
    receipt.write_text(bank.tenant("main").get(AuditReceipts).get_receipt(transaction).signed)
    assert run("audit", "checkpoints", "--out", str(evidence.folder)).exit_code == 0
    return Promised(transaction=transaction, receipt=receipt, keys=evidence.folder / "receipt-keys.json")


def seal_and_export(run: Run, evidence: Evidence) -> None:
    """Take along what the log is now."""
    for words in (("seal",), ("checkpoints", "--out", str(evidence.folder)), ("export", "--out", str(evidence.log))):
        assert run("audit", *words).exit_code == 0


def test_a_receipt_is_kept_by_a_log_that_holds_the_record(run: Run, evidence: Evidence, promised: Promised) -> None:
    seal_and_export(run, evidence)

    said = verify(str(evidence.log), *evidence.witness, *promised.words, *promised.words)

    assert (said.exit_code, said.stdout.strip().endswith(", 2 receipts kept")) == (0, True), said.output


def test_receipts_need_keys_and_a_forged_one_is_named(run: Run, evidence: Evidence, promised: Promised) -> None:
    seal_and_export(run, evidence)
    header, payload, signature = promised.receipt.read_text().split(".")
    without_keys = verify(str(evidence.log), *evidence.witness, *promised.words[:2])
    wrong_keys = verify(str(evidence.log), *evidence.witness, *promised.words[:3], str(evidence.note))
    promised.receipt.write_text(f"{header}.{payload}.{signature[::-1]}")

    forged = verify(str(evidence.log), *evidence.witness, *promised.words, "--json")

    assert (without_keys.exit_code, "there are no keys to verify it with" in said_of(without_keys)) == (2, True)
    assert (wrong_keys.exit_code, "no JWK set of receipt keys" in said_of(wrong_keys)) == (2, True)
    (finding,) = json.loads(forged.stdout)["findings"]
    assert (forged.exit_code, finding["kind"], finding["place"]) == (1, "forged", "receipt receipt.jws")


def test_a_record_that_is_taken_away_before_it_is_sealed_breaks_the_receipt(
    bank: Bank, run: Run, evidence: Evidence, promised: Promised
) -> None:
    url = bank.installation.superuser_url
    assert url is not None
    with psycopg.connect(url, autocommit=True) as attack:
        attack.execute("ALTER TABLE bankcore.audit_log DISABLE TRIGGER audit_log_append_only")
        attack.execute("DELETE FROM bankcore.audit_log WHERE subject_id = %s", (promised.transaction.id,))
        attack.execute("ALTER TABLE bankcore.audit_log ENABLE ALWAYS TRIGGER audit_log_append_only")
    seal_and_export(run, evidence)

    said = verify(str(evidence.log), *evidence.witness, *promised.words)

    assert said.exit_code == 1
    assert "DELETED: receipt receipt.jws: promises record " in said.stdout
    assert f" for transaction {promised.transaction.id} posted at " in said.stdout
    assert said.stdout.splitlines()[-1].startswith("TAMPERED: ")


def test_a_receipt_key_that_others_may_read_is_named(bank: Bank, run: Run, promised: Promised) -> None:
    path = bank.installation.keys_dir / "receipt-0001.pem"
    path.chmod(0o640)

    said = run("audit", "checkpoints", "--out", str(promised.keys.parent))

    path.chmod(0o600)
    assert str(path) in said_of(said)
