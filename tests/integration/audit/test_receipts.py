"""An audit receipt is found after the commit, by one statement with an index, and its want is never in the way."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bankcore.errors import LedgerInvariantError, UnavailableError
from bankcore.identifiers import EventId
from bankcore.ledger.commands import Deposit, PostTransaction
from bankcore.ledger.transactions import Posting, Transaction
from bankcore_infra.audit.reading.receipts import _FIND, _question
from bankcore_infra.audit.reading.sealed_queries import SqlSealedLog
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from tests.worlds.database_faults import accident_at
from tests.worlds.receipts import ReceiptWorld, receipts_of
from tests.worlds.sealing import SealingRole
from tests.worlds.sql_bank import ScratchDatabase, SqlBank
from tests.worlds.values import npr, posted


@pytest.fixture
def world(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path) -> ReceiptWorld:
    return ReceiptWorld(bank=bank, scratch=scratch, role=role, folder=tmp_path)


def test_the_leaf_of_a_receipt_is_the_one_that_is_sealed_for_each_transaction_of_a_batch(world: ReceiptWorld) -> None:
    accounts = [world.bank.open_account(f"owner {number}", floor=None).id for number in range(6)]
    spread = (Posting(accounts[0], npr("-5.00")), *(Posting(account, npr("1.00")) for account in accounts[1:]))
    commands = [*(Deposit(account, npr("1.00")) for account in accounts), PostTransaction(spread)]
    posts = [posted(outcome).transaction for outcome in world.bank.ledger.execute(commands)]

    receipts = [world.receipts.get_receipt(transaction) for transaction in posts]

    world.seal()
    log = SqlSealedLog(OwnTransactions(world.bank.database, world.bank.tenant_id))
    assert len({transaction.posted_at for transaction in posts}) == 1
    assert len({receipt.event_id for receipt in receipts}) == 7
    for receipt in receipts:
        assert log.prove_inclusion(EventId(receipt.event_id)).leaf_hash == receipt.leaf_hash


def test_a_receipt_costs_one_statement_after_the_one_that_names_the_tenant(world: ReceiptWorld) -> None:
    transaction = world.bank.ledger.deposit(world.bank.open_account().id, npr("1.00"))

    with accident_at(world.bank.database.engine_for(world.bank.tenant_id), -1, lambda _connection: None) as fuse:
        assert world.receipts.find_receipt(transaction) is not None

    assert [("audit_log" in statement, "COMMIT" in statement) for statement in fuse.statements] == [
        (False, False),
        (True, False),
    ]


@pytest.mark.parametrize("place", range(4))
def test_the_record_is_found_by_an_index_at_each_place(bank: SqlBank, place: int) -> None:
    transaction = bank.ledger.deposit(bank.open_account().id, npr("1.00"))
    statement = re.sub(r"\$(\d)", r"%(p\1)s", _FIND[place].text.decode())
    parameters = {f"p{number}": value for number, value in enumerate(_question(transaction)[1:], start=1)}

    def explain(connection: TenantConnection) -> str:
        return "\n".join(connection.sql.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())

    plan = OwnTransactions(bank.database, bank.tenant_id).rehearse(explain)

    assert "Index Scan using audit_log_pkey" in plan, plan
    assert re.search(rf"Index Scan using audit_log_(account_{place + 1}|at)_idx", plan), plan


def unreachable(scratch: ScratchDatabase) -> Database:
    """A database that is not there."""
    return Database(scratch.url().replace(scratch.name, "nowhere"), pool_size=1)


@pytest.fixture
def transaction(bank: SqlBank) -> Transaction:
    """A deposit."""
    return bank.ledger.deposit(bank.open_account().id, npr("1.00"))


def test_where_the_log_cannot_be_read_there_is_no_receipt_and_no_error(
    world: ReceiptWorld, transaction: Transaction
) -> None:
    world.scratch.execute("REVOKE SELECT ON bankcore.audit_log FROM bankcore_app")

    assert world.receipts.find_receipt(transaction) is None
    with pytest.raises(LedgerInvariantError, match="sqlstate 42501"):
        world.receipts.get_receipt(transaction)

    world.scratch.execute("GRANT SELECT ON bankcore.audit_log TO bankcore_app")
    assert world.receipts.find_receipt(transaction) is not None


def test_where_the_database_is_gone_there_is_no_receipt_and_no_error(
    world: ReceiptWorld, transaction: Transaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bankcore_infra.db.transactions.TRIES_MAX", 1)
    with unreachable(world.scratch) as database:
        bank = SqlBank(**{name: getattr(world.bank, name) for name in SqlBank.__slots__} | {"database": database})
        receipts = receipts_of(bank, world.keys)

        assert receipts.find_receipt(transaction) is None
        with pytest.raises(UnavailableError):
            receipts.get_receipt(transaction)


def test_where_the_record_is_locked_away_the_wait_is_bounded(world: ReceiptWorld, transaction: Transaction) -> None:
    with world.scratch.connection() as connection, connection.transaction():
        connection.execute("LOCK TABLE bankcore.audit_log IN ACCESS EXCLUSIVE MODE")

        assert world.receipts.find_receipt(transaction) is None


def test_a_record_that_is_gone_is_no_receipt_now_and_an_alarm_later(
    world: ReceiptWorld, transaction: Transaction
) -> None:
    world.take_away(transaction)

    assert world.receipts.find_receipt(transaction) is None
    with pytest.raises(LedgerInvariantError, match=str(transaction.id)):
        world.receipts.get_receipt(transaction)


def test_another_tenants_record_is_not_found(world: ReceiptWorld, other_bank: SqlBank) -> None:
    theirs = other_bank.ledger.deposit(other_bank.open_account().id, npr("1.00"))

    assert world.receipts.find_receipt(theirs) is None
    assert receipts_of(other_bank, world.keys, "other").get_receipt(theirs).posted_at == theirs.posted_at
    assert theirs.posted_at.utcoffset() == timedelta(0)
