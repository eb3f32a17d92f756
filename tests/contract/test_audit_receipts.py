"""One suite for the audit receipts of a bank in memory and of one on PostgreSQL."""

from pathlib import Path
from uuid import UUID

import pytest

from bankcore.audit.receipts import AuditReceipts
from bankcore.errors import LedgerInvariantError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.identity.principals import TenantName
from bankcore.ledger.events import TransactionPosted
from bankcore.testing import InMemoryAuditReceipts
from bankcore_infra.audit.reading.receipts import SqlAuditReceipts
from bankcore_infra.clock import SystemClock
from bankcore_infra.keys.receipt_keys import open_receipt_keys
from tests.contract.adapters import LedgerWorld
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr


@pytest.fixture
def receipts(request: pytest.FixtureRequest, world: LedgerWorld, tmp_path: Path) -> AuditReceipts:
    """The receipts of that world."""
    if "in-memory" in request.node.callspec.id:
        return InMemoryAuditReceipts(world.events)
    bank: SqlBank = request.getfixturevalue("bank")
    return SqlAuditReceipts(
        bank.database, TenantName(bank.tenant_id, "main"), open_receipt_keys(tmp_path), SystemClock()
    )


def test_every_receipt_for_a_transaction_names_its_one_record(
    world: LedgerWorld, receipts: AuditReceipts, alice: AccountId, bob: AccountId
) -> None:
    posted = [world.ledger.deposit(alice, npr("9.00")), world.ledger.transfer(alice, bob, npr("2.00"))]

    found = [receipts.get_receipt(transaction) for transaction in posted]

    stamps = [event.stamp.id for event in world.events() if isinstance(event, TransactionPosted)]
    assert [receipt.event_id for receipt in found] == stamps
    assert [receipt.posted_at for receipt in found] == [transaction.posted_at for transaction in posted]
    assert len({receipt.leaf_hash for receipt in found}) == 2
    for transaction, receipt in zip(posted, found, strict=True):
        again = receipts.find_receipt(transaction)
        assert again is not None
        assert (again.event_id, again.leaf_hash) == (receipt.event_id, receipt.leaf_hash)


def test_what_the_log_has_no_record_of_gets_no_receipt(
    world: LedgerWorld, receipts: AuditReceipts, alice: AccountId
) -> None:
    posted = world.ledger.deposit(alice, npr("9.00"))._replace(id=TransactionId(UUID(int=1)))

    assert receipts.find_receipt(posted) is None
    with pytest.raises(LedgerInvariantError, match="no record of transaction"):
        receipts.get_receipt(posted)
