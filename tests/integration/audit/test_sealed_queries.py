"""What an auditor reads of the sealed log over HTTP proves itself: each proof leads to the signed root."""

from uuid import UUID

import pytest

from bankcore.audit.checkpoints import parse_note
from bankcore.audit.merkle import leaf_hash, node_hash
from bankcore.audit.ports import InclusionProof
from bankcore.errors import NotFoundError
from bankcore.identifiers import EventId
from bankcore_infra.audit.reading.sealed_queries import SqlSealedLog
from bankcore_infra.db.transactions import OwnTransactions
from tests.worlds.sealing import SealingRole
from tests.worlds.sql_bank import ScratchDatabase, SqlBank
from tests.worlds.values import npr


@pytest.fixture
def sealed(bank: SqlBank) -> SqlSealedLog:
    """The sealed log of the bank."""
    return SqlSealedLog(OwnTransactions(bank.database, bank.tenant_id))


def root_of(proof: InclusionProof) -> bytes:
    """Where the proof leads, by the algorithm of RFC 9162, section 2.1.3.2."""
    place, last, found = proof.leaf_index, proof.checkpoint.size - 1, proof.leaf_hash
    for step in proof.path:
        if place % 2 == 1 or place == last:
            found = node_hash(step, found)
            while place % 2 == 0 and place != 0:
                place, last = place // 2, last // 2
        else:
            found = node_hash(found, step)
        place, last = place // 2, last // 2
    assert last == 0
    return found


def test_checkpoints_are_listed_latest_first_and_each_record_is_proved(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, sealed: SqlSealedLog
) -> None:
    alice = bank.open_account(balance="10.00")
    for _ in range(3):
        role.seal(scratch, bank)
        bank.ledger.withdraw(alice.id, npr("1.00"))
    role.seal(scratch, bank)

    listed = sealed.list_checkpoints(limit=10)
    second_page = sealed.list_checkpoints(before_size=listed[1].size, limit=1)
    records = scratch.rows("""
        SELECT log.id, log.body FROM bankcore.log_leaves AS leaf
        JOIN bankcore.audit_log AS log ON log.tenant_id = leaf.tenant_id AND log.id = leaf.audit_id""")
    proofs = {id_: sealed.prove_inclusion(EventId(id_)) for id_, _body in records if isinstance(id_, UUID)}

    assert [state.size for state in listed] == sorted((state.size for state in listed), reverse=True)
    assert len(listed) >= 4
    assert second_page == listed[2:3]
    assert sealed.get_latest_checkpoint() == listed[0]
    assert parse_note(listed[0].note).checkpoint.root == listed[0].root
    assert len(records) == listed[0].size
    for id_, body in records:
        assert isinstance(id_, UUID)
        assert isinstance(body, bytes)
        assert proofs[id_].leaf_hash == leaf_hash(body)
        assert root_of(proofs[id_]) == listed[0].root


def test_what_is_not_sealed_is_not_found(bank: SqlBank, sealed: SqlSealedLog) -> None:
    bank.open_account()

    assert sealed.list_checkpoints(limit=10) == []
    with pytest.raises(NotFoundError):
        sealed.get_latest_checkpoint()
    with pytest.raises(NotFoundError):
        sealed.prove_inclusion(EventId(bank.ids.new_id()))
