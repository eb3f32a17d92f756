"""A bank that reverses is clean for its auditors, and the log says who did it and why."""

from pathlib import Path

from bankcore_infra.db.engine import Database
from bankcore_infra.ledger.verification import verify_books
from tests.integration.audit.test_invented_actions import HoldingBank
from tests.worlds.sealing import AUDITOR, SealingRole
from tests.worlds.sql_bank import ScratchDatabase, SqlBank
from tests.worlds.values import npr


def test_a_bank_with_reversals_is_clean_for_its_auditors(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path
) -> None:
    alice, bob = bank.open_account(balance="10.00"), bank.open_account("bob")
    moved = bank.ledger.transfer(alice.id, bob.id, npr("10"))
    for amount in ("1", "2.50"):
        bank.ledger.reverse(moved.id, npr(amount), reason="sent twice")
    bank.ledger.reverse(moved.id, reason="the rest")

    assert HoldingBank(bank, scratch, role, tmp_path).findings() == ([], [])
    told = bank.scratch.rows(
        "SELECT subject_id, convert_from(body, 'UTF8')::jsonb ->> 'reason' FROM bankcore.audit_log"
        " WHERE action = 'transaction.reversed' ORDER BY at, id"
    )
    assert told == [(moved.id, "sent twice"), (moved.id, "sent twice"), (moved.id, "the rest")]
    with (
        Database(scratch.url(AUDITOR), pool_size=1) as database,
        database.engine_for(bank.tenant_id).connect() as connection,
    ):
        assert verify_books(connection, bank.tenant_id).is_clean
