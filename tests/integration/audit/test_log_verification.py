"""Whatever a superuser changes in a table of record is found, in the database and in an export of it."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
import pytest

from bankcore_infra.audit.laws.program import verify
from bankcore_infra.audit.verifying.log_verification import verify_log
from bankcore_infra.db.engine import Database
from bankcore_infra.ledger.verification import verify_books
from tests.integration.audit.tamperings import OTHER_VALUE
from tests.worlds.sealing import AUDITOR, SealingRole, export_of, tenant_of
from tests.worlds.sql_bank import ScratchDatabase, SqlBank
from tests.worlds.values import npr

ROUNDS: Final = int(os.environ.get("BANKCORE_TEST_TAMPERINGS_VERIFIED", "20"))
TABLES: Final = ("transactions", "entries", "accounts", "audit_log", "log_leaves", "checkpoints")
# These say nothing that is sealed: what an account is called and whether it is open may change, and what is personal
# must stay erasable. A transaction's number may be any that leaves its record where it is.
FREE: Final = {
    ("accounts", "status"),
    ("accounts", "name"),
    ("accounts", "held_minor"),
    ("accounts", "held_at"),
    ("accounts", "held_until"),
    ("accounts", "is_limited"),
    ("accounts", "last_posted_at"),
    ("audit_log", "ip_address"),
    ("audit_log", "user_agent"),
    ("audit_log", "xid"),
}


def everything_wrong(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, note: str, path: Path) -> list[str]:
    """What the database's verification and the offline one find together."""
    database = Database(scratch.url(AUDITOR), pool_size=1)
    with database.engine_for(bank.tenant_id).connect() as connection:
        log = verify_log(connection, tenant_of(bank), role.keys.public)
    with database.engine_for(bank.tenant_id).connect() as connection:
        books = verify_books(connection, bank.tenant_id)
    database.close()
    export = export_of(scratch, bank, path)
    offline = verify(export, [note], role.keys.public.pem()).findings
    return [*map(str, [*log.findings, *books.findings]), *map(str, offline)]


@contextmanager
def tampering(scratch: ScratchDatabase) -> Iterator[psycopg.Connection]:
    """A superuser who has switched every rule off."""
    with scratch.connection() as connection:
        for table in TABLES:
            connection.execute(f"ALTER TABLE bankcore.{table} DISABLE TRIGGER ALL".encode())
            rows = connection.execute(
                "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass",
                (f"bankcore.{table}",),
            ).fetchall()
            for (name,) in rows:
                connection.execute(f"ALTER TABLE bankcore.{table} DROP CONSTRAINT {name}".encode())
        connection.execute("ALTER TABLE bankcore.accounts DROP CONSTRAINT accounts_currency_fkey")
        yield connection


@pytest.fixture
def note(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole) -> str:
    """The last checkpoint of a bank with some history, as somebody outside keeps it."""
    alice, bob = bank.open_account(balance="100.00"), bank.open_account("bob", balance="5.00")
    for _ in range(3):
        role.seal(scratch, bank)
        bank.ledger.transfer(alice.id, bob.id, npr("3.00"), reference="rent")
        bank.ledger.execute([])
    sealed = role.seal(scratch, bank)
    assert sealed.note is not None
    return sealed.note.text()


def test_clean_books_give_no_alarm(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, note: str, tmp_path: Path
) -> None:
    assert everything_wrong(bank, scratch, role, note, tmp_path / "log.ndjson") == []


def test_a_balance_that_was_carried_forward_gives_no_alarm(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, note: str, tmp_path: Path
) -> None:
    rich = bank.open_account("rich", balance="92233720368547758.07")
    bank.open_account("poor", balance="1.00")
    bank.ledger.withdraw(rich.id, npr("92233720368547758.07"))
    role.seal(scratch, bank)

    assert everything_wrong(bank, scratch, role, note, tmp_path / "log.ndjson") == []


@pytest.mark.timeout(60 + ROUNDS)
def test_any_single_change_is_found(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, note: str, tmp_path: Path
) -> None:
    dice = random.Random(int(os.environ.get("BANKCORE_TEST_SEED", "1")))
    missed: list[str] = []
    with tampering(scratch) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name, data_type, udt_name FROM information_schema.columns"
            " WHERE table_schema = 'bankcore' AND table_name = ANY(%s) ORDER BY 1, 2",
            (list(TABLES),),
        ).fetchall()
        for table in TABLES:
            connection.execute(f"CREATE TABLE copy_{table} AS TABLE bankcore.{table}".encode())
        for _round in range(ROUNDS):
            attack = tamper(connection, dice, [c for c in columns if (c[0], c[1]) not in FREE])
            if not everything_wrong(bank, scratch, role, note, tmp_path / "log.ndjson"):
                missed.append(attack)
            table = attack.split(" ")[1]
            connection.execute(
                f"TRUNCATE bankcore.{table}".encode()
                if table != "transactions"
                else b"DELETE FROM bankcore.transactions"
            )
            connection.execute(f"INSERT INTO bankcore.{table} SELECT * FROM copy_{table}".encode())

    assert not missed, "\n".join(missed)


def tamper(connection: psycopg.Connection, dice: random.Random, columns: list[tuple[str, str, str, str]]) -> str:
    """Change one cell, or remove or copy one row; what was done, in words."""
    while True:
        table, column, data_type, _udt = dice.choice(columns)
        (row,) = dice.choice(connection.execute(f"SELECT ctid::text FROM bankcore.{table}".encode()).fetchall())
        kind = dice.choice(["change", "change", "change", "change", "remove"])
        if kind == "remove":
            statement = f"DELETE FROM bankcore.{table} WHERE ctid = '{row}'"
        else:
            other = OTHER_VALUE[data_type].format(c=column)
            changed = f"{column} IS DISTINCT FROM {other}"
            statement = f"UPDATE bankcore.{table} SET {column} = {other} WHERE ctid = '{row}' AND {changed}"
        try:
            if connection.execute(statement.encode()).rowcount == 1:
                return f"{kind} {table} {column} {row}"
        except psycopg.Error:
            continue
