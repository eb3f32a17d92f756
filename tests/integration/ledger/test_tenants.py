"""Tenants share a database and nothing else: not a row, not a name, not a hint."""

from collections.abc import Callable
from typing import Final

import psycopg
import pytest

from bankcore.errors import NotFoundError
from bankcore.ledger.commands import OpenAccount, Transfer
from bankcore.ledger.queries import HistoryFilter
from bankcore.ledger.transactions import Source
from tests.worlds.sql_bank import APP, ScratchDatabase, SqlBank
from tests.worlds.values import NPR, npr, words

TENANTLESS: Final = {"alembic_version", "currencies"}
"""Tables without rows of any tenant."""


def tables(scratch: ScratchDatabase, condition: str = "true") -> set[str]:
    """The tables of the schema, partitions and foreign ones among them, that meet the condition on pg_class."""
    rows = scratch.rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'bankcore'::regnamespace AND relkind IN ('r', 'p', 'f', 'm')"
        f" AND {condition}"
    )
    return {str(name) for (name,) in rows}


def has_column(name: str) -> str:
    return f"EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = '{name}' AND attnum > 0)"


def in_session(bank: SqlBank, tenant: object, statement: str) -> list[tuple[object, ...]]:
    """Run a statement as the application, in a session of that tenant."""
    with psycopg.connect(bank.scratch.url(APP)) as connection:
        if tenant is not None:
            connection.execute("SELECT set_config('bankcore.tenant_id', %s, true)", [str(tenant)])
        return connection.execute(statement.encode()).fetchall()


def test_every_table_but_the_shared_ones_belongs_to_tenants_and_forces_it(scratch: ScratchDatabase) -> None:
    every = tables(scratch)

    assert {"accounts", "transactions", "entries", "idempotency_keys", "audit_log", "tenants"} <= every
    assert tables(scratch, has_column("tenant_id")) == every - TENANTLESS - {"tenants"}
    assert tables(scratch, "relrowsecurity AND relforcerowsecurity") == every - TENANTLESS


def test_every_policy_reads_and_writes_by_the_tenant_of_the_session(scratch: ScratchDatabase) -> None:
    # A restrictive policy can only take away from what these allow.
    policies = scratch.rows("""
        SELECT tablename, permissive, roles, cmd, qual, coalesce(with_check, qual) FROM pg_policies
        WHERE schemaname = 'bankcore' AND tablename <> 'tenants' AND permissive = 'PERMISSIVE'""")

    condition = "(tenant_id = bankcore.current_tenant())"
    expected = {
        (table, "PERMISSIVE", ("public",), "ALL", condition, condition)
        for table in tables(scratch, has_column("tenant_id"))
    }
    # `find_work` asks for all tenants at once, as the owner of the tables, whom nothing here keeps out.
    found_by_owner = {
        (table, "PERMISSIVE", ("bankcore_owner",), "SELECT", "true", "true")
        for table in ("audit_log", "cursors", "log_states")
    }
    assert {(*row[:2], tuple(row[2]), *row[3:]) for row in policies} == expected | found_by_owner  # type: ignore[arg-type] # an array


def test_every_unique_name_and_foreign_key_of_a_tenant_starts_with_it(scratch: ScratchDatabase) -> None:
    loose = scratch.rows("""
        SELECT i.indexrelid::regclass FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relnamespace = 'bankcore'::regnamespace AND i.indisunique AND i.indkey[0] <> a.attnum
        UNION ALL
        SELECT k.conname::text::regclass FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid
        WHERE k.connamespace = 'bankcore'::regnamespace AND k.contype = 'f' AND a.attname = 'tenant_id'
          AND k.conkey[1] <> a.attnum AND k.confrelid <> 'bankcore.currencies'::regclass""")

    assert loose == []


def test_without_a_tenant_there_are_no_rows_at_all(bank: SqlBank) -> None:
    bank.open_account(balance="1.00")
    bank.ledger.execute([OpenAccount("bob", NPR, idempotency_key="k")])

    for table in tables(bank.scratch, has_column("tenant_id")):
        for tenant in (None, "", bank.ids.new_id()):
            assert in_session(bank, tenant, f"SELECT count(*) FROM bankcore.{table}") == [(0,)], table
    filled = {"accounts", "transactions", "entries", "idempotency_keys", "audit_log"}
    for table in filled:
        ((rows,),) = in_session(bank, bank.tenant_id, f"SELECT count(*) FROM bankcore.{table}")
        assert rows, table


def test_in_another_tenants_session_raw_sql_sees_and_touches_nothing(bank: SqlBank, other_bank: SqlBank) -> None:
    alice = bank.open_account(balance="1.00")
    bank.ledger.execute([OpenAccount("bob", NPR, idempotency_key="k")])

    mine = f"tenant_id = '{bank.tenant_id}'"
    for table in tables(bank.scratch, has_column("tenant_id")):
        assert in_session(bank, other_bank.tenant_id, f"SELECT * FROM bankcore.{table} WHERE {mine}") == [], table
    touched = in_session(
        bank, other_bank.tenant_id, f"UPDATE bankcore.accounts SET name = 'x' WHERE id = '{alice.id}' RETURNING 1"
    )
    forgotten = in_session(bank, other_bank.tenant_id, "DELETE FROM bankcore.idempotency_keys RETURNING 1")
    assert touched == forgotten == []
    slugs = in_session(bank, other_bank.tenant_id, "SELECT slug FROM bankcore.tenants")
    assert slugs == [("other",)]


@pytest.mark.parametrize("is_taken", [True, False], ids=["a name that is taken there", "a free name"])
def test_writing_into_another_tenant_fails_alike_whether_the_name_is_taken(
    bank: SqlBank,
    other_bank: SqlBank,
    is_taken: bool,  # noqa: FBT001
) -> None:
    alice = bank.open_account(balance="1.00")
    account_id, number = (alice.id, alice.number) if is_taken else (bank.ids.new_id(), "free")
    rows = {
        "accounts (tenant_id, id, created_at, currency, kind, number, owner_id)": (
            f"'{bank.tenant_id}', '{account_id}', now(), 'NPR', 'customer', '{number}', 'x'"
        ),
        "idempotency_keys": f"'{bank.tenant_id}', '', 'k', now(), sha256('x'), 'x'",
        "transactions (tenant_id, id, posted_at, effective_at, kind)": (
            f"'{bank.tenant_id}', '{account_id}', now(), now(), 'x'"
        ),
        "tenants (id, slug, name, kind)": f"'{bank.tenant_id if is_taken else account_id}', 'main', 'x', 'live'",
    }
    for conflict in ("", " ON CONFLICT DO NOTHING"):
        for table, row in rows.items():
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                in_session(bank, other_bank.tenant_id, f"INSERT INTO bankcore.{table} VALUES ({row}){conflict}")


def test_the_same_names_mean_different_things_in_two_tenants(bank: SqlBank, other_bank: SqlBank) -> None:
    alice = bank.open_account("alice")
    same = OpenAccount("alice", NPR, account_id=alice.id)

    assert words(other_bank.ledger.execute([same])) == ["opened"]
    for one in (bank, other_bank):
        source = Source("payroll", "1")
        assert one.ledger.deposit(alice.id, npr("5.00"), source=source, idempotency_key="k").tenant_id == one.tenant_id
    assert bank.balance(alice) == other_bank.balance(alice) == "5.00"


def test_by_the_library_a_stranger_finds_nothing(bank: SqlBank, other_bank: SqlBank) -> None:
    alice, stranger = bank.open_account(balance="5.00"), other_bank.open_account("eve", balance="5.00")
    posted = bank.ledger.deposit(alice.id, npr("1.00"), idempotency_key="k")
    questions: list[Callable[[], object]] = [
        lambda: other_bank.queries.get_account(alice.id),
        lambda: other_bank.queries.balance_at(alice.id),
        lambda: other_bank.queries.balance_at(alice.id, posted.posted_at),
        lambda: other_bank.queries.list_entries(alice.id, limit=1),
        lambda: other_bank.queries.get_transaction(posted.id),
        lambda: other_bank.ledger.deposit(alice.id, npr("1.00"), idempotency_key="k"),
        lambda: other_bank.ledger.withdraw(alice.id, npr("1.00")),
        lambda: other_bank.ledger.transfer(stranger.id, alice.id, npr("1.00")),
    ]

    for question in questions:
        with pytest.raises(NotFoundError):
            question()

    assert other_bank.queries.find_account_by_number(alice.number) is None
    assert other_bank.queries.list_accounts(owner_id="alice", limit=10) == []
    assert other_bank.queries.history(HistoryFilter(owner_id="alice"), limit=10) == []
    mixed = other_bank.ledger.execute([Transfer(alice.id, stranger.id, npr("1.00")), OpenAccount("f", NPR)])
    assert words(mixed) == ["not_found", "opened"]
    assert (bank.balance(alice), other_bank.balance(stranger)) == ("6.00", "5.00")
