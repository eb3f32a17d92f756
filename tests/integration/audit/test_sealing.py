"""What is committed is sealed, once, in commit order; on a database with another past, nothing is."""

from dataclasses import replace
from pathlib import Path

import pytest

from bankcore.audit.checkpoints import Checkpoint, parse_note
from bankcore.audit.merkle import included_root, is_consistent, leaf_hash
from bankcore_infra.audit.sealing.sealed_log import StoredLog
from bankcore_infra.audit.sealing.sealer import SealingRefusedError
from bankcore_infra.db.transactions import OwnTransactions
from tests.worlds.sealing import SealingRole
from tests.worlds.sql_bank import ScratchDatabase, SqlBank
from tests.worlds.values import npr


def test_everything_that_was_committed_is_sealed_with_the_heads_it_left(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole
) -> None:
    alice = bank.open_account(balance="10.00")
    bank.ledger.withdraw(alice.id, npr("3.00"))

    sealed = role.seal(scratch, bank)

    leaves = scratch.rows("""
        SELECT l.idx, l.hash, a.body, a.action FROM bankcore.log_leaves l JOIN bankcore.audit_log a ON a.id = l.audit_id
        ORDER BY l.idx""")
    assert [row[0] for row in leaves] == list(range(len(leaves)))
    assert all(row[1] == leaf_hash(row[2]) for row in leaves)  # type: ignore[arg-type] # bytes
    assert [row[3] for row in leaves][-1] == "heads.sealed"
    assert len(leaves) == scratch.scalar("SELECT count(*) FROM bankcore.audit_log")
    assert sealed.note is not None
    assert sealed.note.checkpoint.size == len(leaves) == sealed.leaves
    assert role.keys.public.have_signed(sealed.note)


def test_nothing_new_adds_nothing_and_later_checkpoints_name_the_one_before(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole
) -> None:
    bank.open_account(balance="10.00")
    first = role.seal(scratch, bank)
    again = role.seal(scratch, bank)
    bank.open_account(balance="10.00")

    second = role.seal(scratch, bank)

    assert (again.leaves, again.note) == (0, first.note)
    assert first.note is not None
    assert second.note is not None
    notes = [str(note) for (note,) in scratch.rows("SELECT note FROM bankcore.checkpoints ORDER BY size")]
    assert notes[-1] == second.note.text()
    assert len(notes) == len(set(notes))


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_small_batches_make_the_same_log_with_proofs_for_every_record(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, batch: int
) -> None:
    alice = bank.open_account(balance="10.00")
    for _ in range(4):
        bank.ledger.withdraw(alice.id, npr("1.00"))

    for _ in range(20):
        role.seal(scratch, bank, batch=batch)

    def check(log: StoredLog) -> None:
        head = log.find_head()
        assert head is not None
        for index, leaf in leaves:
            proof = log.inclusion_proof(index, head.size)  # type: ignore[arg-type] # numbers
            assert included_root(leaf, index, head.size, proof) == head.root  # type: ignore[arg-type]
        for size, root in checkpoints:
            proof = log.consistency_proof(size, head.size)  # type: ignore[arg-type] # numbers
            assert is_consistent(size, root, head.size, head.root, proof)  # type: ignore[arg-type] # numbers, bytes
            assert log.frontier_at(size).root == root  # type: ignore[arg-type] # numbers

    leaves = scratch.rows("SELECT idx, hash FROM bankcore.log_leaves ORDER BY idx")
    checkpoints = scratch.rows("SELECT size, root FROM bankcore.checkpoints")
    assert len(leaves) == scratch.scalar("SELECT count(*) FROM bankcore.audit_log")
    OwnTransactions(bank.database, bank.tenant_id).run(lambda connection: check(StoredLog(connection)))


def test_an_open_transaction_holds_nothing_back_but_its_own_records(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole
) -> None:
    alice = bank.open_account(balance="10.00")
    role.seal(scratch, bank)
    with bank.database.begin() as connection:
        bank.using(connection).withdraw(alice.id, npr("1.00"))
        bank.open_account("bob", currency="USD")
        role.seal(scratch, bank)
        # What this transaction has recorded is seen by nobody yet.
        unsealed = scratch.rows("""
            SELECT a.action FROM bankcore.audit_log a
            WHERE NOT EXISTS (SELECT FROM bankcore.log_leaves l WHERE l.audit_id = a.id)""")

    role.seal(scratch, bank)

    assert unsealed == []
    assert scratch.scalar("SELECT count(*) FROM bankcore.log_leaves") == scratch.scalar(
        "SELECT count(*) FROM bankcore.audit_log"
    )


def test_a_log_that_was_cut_back_is_not_sealed_on(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole) -> None:
    bank.open_account(balance="10.00")
    role.seal(scratch, bank)
    scratch.execute("ALTER TABLE bankcore.checkpoints DISABLE TRIGGER ALL")
    scratch.execute("DELETE FROM bankcore.checkpoints WHERE size = (SELECT max(size) FROM bankcore.checkpoints)")

    with pytest.raises(SealingRefusedError, match="rolled back"):
        role.seal(scratch, bank)


def test_a_changed_checkpoint_is_not_sealed_on(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole) -> None:
    bank.open_account(balance="10.00")
    role.seal(scratch, bank)
    scratch.execute("ALTER TABLE bankcore.checkpoints DISABLE TRIGGER ALL")
    scratch.execute("UPDATE bankcore.checkpoints SET root = sha256(root)")

    with pytest.raises(SealingRefusedError, match="was changed"):
        role.seal(scratch, bank)


def test_a_sealer_with_another_folder_is_told_that_the_folder_may_be_the_wrong_one(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path
) -> None:
    bank.open_account(balance="10.00")
    role.seal(scratch, bank)
    other = tmp_path / "another"
    other.mkdir(mode=0o700)

    with pytest.raises(SealingRefusedError, match="either BANKCORE_SEALING_DIR is not the folder it was sealed from"):
        SealingRole.at(other).seal(scratch, bank)
    role.seal(scratch, bank)


def test_a_copy_on_another_server_needs_an_era_which_is_recorded(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole
) -> None:
    alice = bank.open_account(balance="10.00")
    role.seal(scratch, bank)
    bank.ledger.withdraw(alice.id, npr("1.00"))
    # As after restoring a dump into a younger server: there, transaction numbers begin again far below.
    scratch.execute("ALTER TABLE bankcore.checkpoints DISABLE TRIGGER ALL")
    size = scratch.scalar("SELECT max(size) FROM bankcore.checkpoints")
    past = role.keys.sign(_moved(scratch))
    scratch.execute(
        "UPDATE bankcore.checkpoints SET upto = %s::text::xid8, note = %s WHERE size = %s",
        str(past.checkpoint.upto),
        past.text(),
        size,
    )
    role.notes.remember(bank.tenant_id, past)
    scratch.execute("UPDATE bankcore.log_states SET below = %s::text::xid8", str(past.checkpoint.upto))
    with pytest.raises(SealingRefusedError, match="numbers began again"):
        role.seal(scratch, bank)

    role.begin_era(scratch, bank, "restored from the backup of Monday")
    bank.ledger.withdraw(alice.id, npr("1.00"))
    role.seal(scratch, bank)

    era_record = scratch.row(
        """
        SELECT a.action, convert_from(a.body, 'UTF8') FROM bankcore.log_leaves l
        JOIN bankcore.audit_log a ON a.id = l.audit_id WHERE idx = %s""",
        size,
    )
    assert era_record[0] == "log.era_begun"
    assert "restored from the backup of Monday" in str(era_record[1])
    assert scratch.scalar("SELECT max(era) FROM bankcore.checkpoints") == 2
    assert scratch.scalar("SELECT count(*) FROM bankcore.log_leaves") == scratch.scalar(
        "SELECT count(*) FROM bankcore.audit_log"
    )


def _moved(scratch: ScratchDatabase) -> Checkpoint:
    """The last checkpoint as if the server that made it had been at work for longer."""
    note = parse_note(str(scratch.scalar("SELECT note FROM bankcore.checkpoints ORDER BY size DESC LIMIT 1")))
    return replace(note.checkpoint, upto=note.checkpoint.upto + 1_000_000)
