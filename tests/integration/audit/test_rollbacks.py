"""Old states put back in place of new ones: only what is kept outside can tell, and it does."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from bankcore_infra.audit.laws.program import verdict_of, verify
from bankcore_infra.audit.laws.verification import Verification
from bankcore_infra.audit.sealing.last_notes import LastNotes
from bankcore_infra.audit.sealing.sealer import SealingRefusedError
from bankcore_infra.audit.verifying.log_verification import LogReport, verify_log
from bankcore_infra.db.engine import Database
from tests.integration.audit.test_log_verification import TABLES
from tests.worlds.sealing import AUDITOR, SealingRole, export_of, tenant_of
from tests.worlds.sql_bank import ScratchDatabase, SqlBank
from tests.worlds.values import npr

CHILDREN_FIRST: Final = ("checkpoints", "log_leaves", "audit_log", "entries", "transactions", "accounts")


def switch_rules_off(scratch: ScratchDatabase) -> None:
    for table in TABLES:
        scratch.execute(f"ALTER TABLE bankcore.{table} DISABLE TRIGGER ALL")


def keep_copy(scratch: ScratchDatabase) -> None:
    for table in TABLES:
        scratch.execute(f"CREATE TABLE public.old_{table} AS TABLE bankcore.{table}")


def put_copy_back(scratch: ScratchDatabase) -> None:
    switch_rules_off(scratch)
    for table in CHILDREN_FIRST:
        scratch.execute(f"DELETE FROM bankcore.{table}")
    for table in reversed(CHILDREN_FIRST):
        scratch.execute(f"INSERT INTO bankcore.{table} SELECT * FROM public.old_{table}")


def test_a_bank_put_back_to_an_old_copy_is_found_out_by_a_checkpoint_and_by_the_sealer(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path
) -> None:
    alice = bank.open_account(balance="10.00")
    role.seal(scratch, bank)
    keep_copy(scratch)
    bank.ledger.withdraw(alice.id, npr("9.00"))
    kept = role.seal(scratch, bank).note
    assert kept is not None

    put_copy_back(scratch)

    findings = verify(export_of(scratch, bank, tmp_path / "log"), [kept.text()], role.keys.public.pem()).findings
    assert [finding.kind for finding in findings] == ["cut off"]
    with (
        Database(scratch.url(AUDITOR), pool_size=1) as database,
        database.engine_for(bank.tenant_id).connect() as connection,
    ):
        last = role.notes.find(bank.tenant_id)
        (inside,) = verify_log(connection, tenant_of(bank), role.keys.public, remembered=last).findings
    assert f"covers {kept.checkpoint.size} records" in inside.problem
    with pytest.raises(SealingRefusedError, match="rolled back"):
        role.seal(scratch, bank)


def test_a_history_written_anew_over_an_old_copy_is_found_out(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path
) -> None:
    alice = bank.open_account(balance="10.00")
    role.seal(scratch, bank)
    keep_copy(scratch)
    bank.ledger.withdraw(alice.id, npr("9.00"))
    kept = role.seal(scratch, bank).note
    assert kept is not None
    put_copy_back(scratch)
    bank.ledger.withdraw(alice.id, npr("1.00"))
    bank.ledger.withdraw(alice.id, npr("1.00"))

    role.begin_era(scratch, bank, "nothing to see here")
    role.seal(scratch, bank)

    findings = verify(export_of(scratch, bank, tmp_path / "log"), [kept.text()], role.keys.public.pem()).findings
    assert {finding.kind for finding in findings} & {"forged", "deleted", "edited"}


@pytest.mark.parametrize("rows", [1, 3])
def test_a_tail_that_was_cut_off_every_table_is_found_out(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path, rows: int
) -> None:
    bank.open_account(balance="10.00")
    role.seal(scratch, bank)
    bank.open_account("bob", balance="10.00")
    kept = role.seal(scratch, bank).note
    assert kept is not None
    switch_rules_off(scratch)
    size = kept.checkpoint.size - rows

    scratch.execute("DELETE FROM bankcore.checkpoints WHERE size > %s", size)
    scratch.execute(
        "DELETE FROM bankcore.audit_log WHERE id IN (SELECT audit_id FROM bankcore.log_leaves WHERE idx >= %s)", size
    )
    scratch.execute("DELETE FROM bankcore.log_leaves WHERE idx >= %s", size)

    findings = verify(export_of(scratch, bank, tmp_path / "log"), [kept.text()], role.keys.public.pem()).findings
    assert "cut off" in {finding.kind for finding in findings}


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A bank that lost sealed records to a restore, and began an era; what somebody kept before is the only witness."""

    bank: SqlBank
    scratch: ScratchDatabase
    role: SealingRole
    kept: str
    file: Path

    def outside(self, *accepted: int) -> Verification:
        """What an auditor finds with the old checkpoint."""
        export = export_of(self.scratch, self.bank, self.file)
        return verify(export, [self.kept], self.role.keys.public.pem(), accepted_eras=frozenset(accepted))

    def inside(self, *accepted: int) -> LogReport:
        """What the bank's own verification finds."""
        with (
            Database(self.scratch.url(AUDITOR), pool_size=1) as database,
            database.engine_for(self.bank.tenant_id).connect() as connection,
        ):
            return verify_log(
                connection, tenant_of(self.bank), self.role.keys.public, accepted_eras=frozenset(accepted)
            )


@pytest.fixture
def restored(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path) -> Restored:
    """Seven sealed records are gone, one came in their place."""
    alice = bank.open_account(balance="10.00")
    kept = role.seal(scratch, bank).note
    assert kept is not None
    keep_copy(scratch)
    for _ in range(5):
        bank.ledger.withdraw(alice.id, npr("1.00"))
    role.seal(scratch, bank)
    put_copy_back(scratch)
    role.begin_era(scratch, bank, "the disk was exchanged")
    bank.ledger.withdraw(alice.id, npr("2.00"))
    role.seal(scratch, bank)
    return Restored(bank=bank, scratch=scratch, role=role, kept=kept.text(), file=tmp_path / "log")


def test_an_era_that_lost_sealed_records_is_a_finding_with_their_number_and_the_reason(restored: Restored) -> None:
    outside, inside = restored.outside().findings, restored.inside().findings

    assert [finding.kind for finding in outside] == ["lost"]
    (told,) = inside
    for text in (str(outside[0]), f"{told.place}: {told.problem}"):
        assert re.search(r"era 2: [67] sealed records were lost: \d+ were signed at ", text), text
        assert text.endswith(": the disk was exchanged)")


def test_a_loss_that_is_known_is_remarked_and_hides_no_other(restored: Restored) -> None:
    outside, inside = restored.outside(2), restored.inside(2)

    assert (outside.findings, inside.findings) == ([], ())
    assert verdict_of(outside, log_only=False, part=False).exit_code == 0
    for remarks in (outside.remarks, inside.remarks):
        assert [remark.partition(": LOST: era 2: ")[0] for remark in remarks] == ["accepted"]
    assert [finding.kind for finding in restored.outside(3).findings] == ["lost"]


def test_an_era_of_which_nobody_knows_what_was_signed_last_may_have_lost_records(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path
) -> None:
    bank.open_account(balance="10.00")
    kept = role.seal(scratch, bank).note
    assert kept is not None
    (tmp_path / "elsewhere").mkdir()
    forgetful = SealingRole(folder=role.folder, keys=role.keys, notes=LastNotes(tmp_path / "elsewhere"))

    forgetful.begin_era(scratch, bank, "moved")

    findings = verify(export_of(scratch, bank, tmp_path / "log"), [kept.text()], role.keys.public.pem()).findings
    assert [finding.kind for finding in findings] == ["lost"]
    assert "nobody remembered what was signed last" in findings[0].problem


def test_an_era_that_lost_nothing_is_no_finding(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path
) -> None:
    bank.open_account(balance="10.00")
    kept = role.seal(scratch, bank).note
    assert kept is not None

    role.begin_era(scratch, bank, "moved to another cluster")
    bank.open_account("bob", balance="1.00")
    role.seal(scratch, bank)

    assert verify(export_of(scratch, bank, tmp_path / "log"), [kept.text()], role.keys.public.pem()).findings == []
