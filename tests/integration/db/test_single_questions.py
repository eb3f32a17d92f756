"""A question that is a transaction by itself: bound to its tenant, ended with its answer, forgotten by the session."""

import pytest
from psycopg.pq import TransactionStatus

from bankcore.errors import LedgerInvariantError
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from tests.worlds.sql_bank import SqlBank

TENANT = Statement("SELECT current_setting('bankcore.tenant_id', true), now()", is_prepared=False)
ACCOUNTS = Statement("SELECT owner_id FROM bankcore.accounts WHERE kind = 'customer'")
BROKEN = Statement("SELECT 1 / $1::bigint", is_prepared=False)


def test_it_sees_the_rows_of_its_tenant_and_of_no_other(bank: SqlBank, other_bank: SqlBank) -> None:
    bank.open_account("sita")
    other_bank.open_account("ram")

    for _ in range(3):
        assert OwnTransactions(bank.database, bank.tenant_id).ask(ACCOUNTS)[1] == [("sita",)]
        assert OwnTransactions(other_bank.database, other_bank.tenant_id).ask(ACCOUNTS)[1] == [("ram",)]


def test_it_is_one_transaction_which_leaves_nothing_in_the_session(bank: SqlBank) -> None:
    with bank.database.engine_for(bank.tenant_id).connect() as connection:
        as_of, rows = TenantConnection(connection, bank.tenant_id).ask_and_end(TENANT)

        driver = connection.connection.driver_connection
        assert driver is not None
        assert driver.info.transaction_status is TransactionStatus.IDLE
        assert rows == [(str(bank.tenant_id), as_of)]
        assert driver.execute("SELECT current_setting('bankcore.tenant_id', true)").fetchone() in {("",), (None,)}
        assert driver.execute("SELECT count(*)::int FROM bankcore.accounts").fetchone() == (0,)


def test_one_that_fails_leaves_nothing_either(bank: SqlBank) -> None:
    transactions = OwnTransactions(bank.database, bank.tenant_id)

    with pytest.raises(LedgerInvariantError):
        transactions.ask(BROKEN, 0)

    assert transactions.ask(BROKEN, 1)[1] == [(1,)]
    with bank.database.engine_for(bank.tenant_id).connect() as connection:
        assert connection.exec_driver_sql("SELECT current_setting('bankcore.tenant_id', true)").scalar() in {"", None}
