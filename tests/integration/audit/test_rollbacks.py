"""Old states put back in place of new ones: only what is kept outside can tell, and it does."""

from pathlib import Path
from typing import Final

import pytest

from bankcore_infra.audit.sealer import SealingRefusedError
from bankcore_infra.audit.standalone_verifier import verify
from tests.examples import npr
from tests.integration.audit.test_log_verification import TABLES
from tests.integration.audit.worlds import SealingRole, export_of
from tests.sql_bank import ScratchDatabase, SqlBank

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
