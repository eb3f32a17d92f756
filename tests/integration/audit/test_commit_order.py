"""The order of commits is that of numbers, also where they get one digit more."""

from uuid import UUID

from bankcore_infra.audit.commit_order import SqlCommitOrder
from bankcore_infra.audit.commit_pages import BEGINNING, read_committed
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from tests.sql_bank import SqlBank

# Far below every number that a transaction of today gets.
NUMBERS = (1, 9, 10, 11, 99, 100)
ADD = """
    INSERT INTO bankcore.audit_log
        (tenant_id, id, at, action, outcome, actor_type, actor_id, account_ids, body, xid)
    VALUES (%s, %s, now(), 'test', 'success', 'service', 'test', '{}', ''::bytea, %s::text::xid8)
"""


def read_in_batches(connection: TenantConnection, limit: int) -> list[int]:
    """The numbers of the records, as a sealer that takes so many at a time meets them."""
    order, start, found = SqlCommitOrder(connection), 0, list[int]()
    while (batch := order.read_batch(start, limit=limit)).records:
        found += [record.position.transaction for record in batch.records]
        start = batch.upto
    return found


def read_in_pages(connection: TenantConnection, limit: int) -> list[int]:
    """The numbers of the records, as somebody who goes on from the last one meets them."""
    found, position = list[int](), BEGINNING
    while page := read_committed(connection, position, limit=limit).records:
        found += [record.position.xid for record in page]
        position = page[-1].position
    return found


def test_one_thousand_comes_after_nine_hundred_and_ninety_nine(bank: SqlBank) -> None:
    for number in NUMBERS:
        bank.scratch.execute(ADD, bank.tenant_id, UUID(int=number), str(number))

    def read(connection: TenantConnection) -> list[list[int]]:
        return [reader(connection, limit) for reader in (read_in_batches, read_in_pages) for limit in (1, 2, 3, 100)]

    found = OwnTransactions(bank.database, bank.tenant_id).rehearse(read)

    assert found == [list(NUMBERS)] * 8
