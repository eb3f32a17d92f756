"""Look-ups stay look-ups: what a plan made in a small bank reads when the bank has grown."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
import pytest

from bankcore.identifiers import TenantId, TransactionId
from bankcore.ledger.accounts import Account
from bankcore.ledger.commands import Transfer
from bankcore.ledger.queries import HistoryFilter, HistoryPosition
from bankcore.testing.clock import START
from bankcore_infra.ledger.history import history_question
from bankcore_infra.ledger.value_dates import BALANCE_EFFECTIVE_AT
from tests.worlds.sql_bank import APP, SqlBank
from tests.worlds.values import npr

PAGE = 51


@pytest.fixture
def alice(bank: SqlBank) -> Account:
    """Who made sixty transfers before the tables were analyzed."""
    alice, bob = bank.open_account("alice", balance="100.00"), bank.open_account("bob")
    bank.ledger.execute([Transfer(alice.id, bob.id, npr("0.01")) for _ in range(60)])
    bank.scratch.execute("ANALYZE")
    return alice


@contextmanager
def posting(bank: SqlBank) -> Iterator[psycopg.Connection]:
    """A connection set as one is that posts."""
    with psycopg.connect(bank.scratch.url(APP)) as connection:
        for name, value in {
            "bankcore.tenant_id": str(bank.tenant_id),
            "plan_cache_mode": "force_generic_plan",
            "enable_seqscan": "off",
        }.items():
            connection.execute("SELECT set_config(%s, %s, true)", [name, value])
        yield connection


def plan_of(connection: psycopg.Connection, statement: str, parameters: int) -> str:
    """The plan of the prepared statement, whatever its parameters are."""
    connection.execute(f"PREPARE question AS {statement}".encode())
    nothing = ", ".join(["NULL"] * parameters)
    return "\n".join(line for (line,) in connection.execute(f"EXPLAIN EXECUTE question ({nothing})".encode()))


@pytest.mark.parametrize(
    ("condition", "found_by"),
    [
        ("account_id = $2::uuid AND sequence = $3::bigint", "account_id = $2) AND (sequence = $3)"),
        ("transaction_id = $2::uuid", "transaction_id = $2)"),
    ],
    ids=["by account and sequence", "by transaction"],
)
@pytest.mark.usefixtures("alice")
def test_an_entry_is_found_by_its_whole_key_in_a_bank_that_was_analyzed_when_small(
    bank: SqlBank, condition: str, found_by: str
) -> None:
    if bank.scratch.scalar("SELECT current_setting('server_version_num')::int < 180000"):
        pytest.skip("older servers cannot be told how many rows a tenant has")
    statement = f"SELECT hash FROM bankcore.entries WHERE tenant_id = $1::uuid AND {condition}"

    with posting(bank) as connection:
        plan = plan_of(connection, statement, statement.count("$"))

    assert f"Index Cond: ((tenant_id = $1) AND ({found_by})" in plan
    assert "Filter: ((" not in plan.replace("One-Time Filter", "")


def test_a_page_of_history_reads_the_entry_after_each_by_its_whole_key(bank: SqlBank, alice: Account) -> None:
    wanted = HistoryFilter(owner_id="alice", account_id=alice.id)
    question = history_question(bank.tenant_id, wanted, None, offset=0, limit=PAGE)

    with posting(bank) as connection:
        plan = plan_of(connection, question.statement.text.decode(), len(question.parameters))

    assert "(sequence = (e.sequence + 1))" in plan


@pytest.mark.parametrize(
    ("wanted", "offset", "is_kept"),
    [
        (HistoryFilter(owner_id="alice"), 0, True),
        (HistoryFilter(owner_id="alice", kind="transfer"), 0, False),
        (HistoryFilter(owner_id="alice", to_instant=START), 0, False),
        (HistoryFilter(owner_id="alice"), 20, False),
    ],
    ids=["plain", "of a kind", "of a period", "further on"],
)
def test_a_connection_keeps_no_statements_that_are_put_together_from_filters(
    wanted: HistoryFilter, offset: int, *, is_kept: bool
) -> None:
    before = HistoryPosition(START, TransactionId(UUID(int=1)))
    for place in (None, before):
        question = history_question(TenantId(UUID(int=2)), wanted, place, offset=offset, limit=PAGE)

        assert question.statement.is_prepared is is_kept


@pytest.mark.usefixtures("alice")
def test_a_balance_by_value_date_begins_at_the_few_transactions_that_have_one(bank: SqlBank) -> None:
    with posting(bank) as connection:
        plan = plan_of(connection, BALANCE_EFFECTIVE_AT.text.decode(), 3)

    assert "transactions_counted_before_idx" in plan
    assert "transactions_counted_after_idx" in plan
    # The last sequence is asked for once, below all, and not in the condition of each entry that is looked at.
    assert "last_sequence_at" not in plan
