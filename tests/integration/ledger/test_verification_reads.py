"""What verification leaves behind on the connection that it was lent."""

from bankcore_infra.db.engine import Database
from bankcore_infra.ledger.verification import verify_books
from tests.worlds.sealing import AUDITOR
from tests.worlds.sql_bank import ScratchDatabase, SqlBank


def test_a_connection_reads_at_once_again_after_the_books_were_streamed(
    bank: SqlBank, scratch: ScratchDatabase
) -> None:
    bank.open_account(balance="10.00")
    with (
        Database(scratch.url(AUDITOR), pool_size=1) as database,
        database.engine_for(bank.tenant_id).connect() as connection,
    ):
        assert verify_books(connection, bank.tenant_id).is_clean

        assert "stream_results" not in connection.get_execution_options()
