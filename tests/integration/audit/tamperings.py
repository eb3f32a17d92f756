"""What a superuser who has switched every rule off can do to the tables of record, one thing at a time."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg

from tests.worlds.sql_bank import ScratchDatabase

TABLES: Final = (
    *("transactions", "entries", "accounts", "holds", "audit_context", "audit_log", "log_leaves", "checkpoints"),
)
# Where the rows of a table are named in findings by what is in these columns.
_NAMES: Final = {
    "transactions": ("id",),
    "entries": ("account_id", "transaction_id"),
    "accounts": ("id", "currency"),
    "holds": ("id", "account_id"),
    "audit_context": ("id",),
    "audit_log": ("id",),
    "log_leaves": ("'record ' || idx", "'records ' || idx", "audit_id", "'after record ' || (idx - 1)"),
    "checkpoints": (
        "'checkpoint ' || size",
        "'checkpoint after record ' || (size - 1)",
        "'covers ' || size",
        "'checkpoint ' || (size - 1000000)",
        "'checkpoint ' || (SELECT min(later.size) FROM bankcore.checkpoints AS later WHERE later.size > t.size)",
    ),
}
# An account may be called something else, and what is personal must stay erasable: these changes are none. What has its
# position keeps it, whatever its transaction's number is said to be; and when somebody looks for holds to let go proves
# nothing of any.
FREE: Final = {
    *(("accounts", "name"), ("audit_context", "id"), ("audit_context", "tenant_id"), ("audit_log", "xid")),
    *(("accounts", "held_at"), ("accounts", "held_until")),
    # Without a policy it binds nobody; beside one it is compared.
    ("accounts", "is_limited"),
}
OTHER_VALUE: Final = {
    "uuid": "gen_random_uuid()",
    "bigint": "coalesce({c}, 0) + 1",
    "integer": "{c} + 1",
    "text": "coalesce({c}, '') || 'x'",
    "bytea": "set_byte({c}, length({c}) / 2, 255 - get_byte({c}, length({c}) / 2))",
    "timestamp with time zone": "coalesce({c}, now()) + interval '1 second'",
    "xid8": "'123456789'::xid8",
    "boolean": "NOT {c}",
    "jsonb": "jsonb_build_object('x', 'y')",
    "ARRAY": "{c}[2:] || {c}[1:1] || {c}[1:1]",
}
_COPIES: Final = {
    "transactions": "id = gen_random_uuid(), source_type = NULL, source_id = NULL, reverses = NULL",
    "entries": "sequence = sequence + 1000",
    "accounts": "id = gen_random_uuid(), number = number || 'x'",
    "holds": "id = gen_random_uuid()",
    "audit_log": "id = gen_random_uuid()",
    "log_leaves": "idx = idx + 1000000, audit_id = gen_random_uuid()",
    "checkpoints": "size = size + 1000000",
}


@dataclass(frozen=True, slots=True)
class Tampering:
    """What was done, and the names of which at least one must be in what is found; none where nothing is named."""

    kind: str
    place: str
    names: frozenset[str]


class Superuser:
    """Tampers with a bank, and puts it back as it was."""

    def __init__(self, connection: psycopg.Connection, dice: random.Random) -> None:
        """On a connection without rules, to a bank that has an old copy of itself."""
        self._connection = connection
        self._dice = dice
        self._columns = connection.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'bankcore' AND table_name = ANY(%s) ORDER BY 1, 2",
            (list(TABLES),),
        ).fetchall()

    @classmethod
    @contextmanager
    def of(cls, scratch: ScratchDatabase, dice: random.Random) -> Iterator["Superuser"]:
        """A superuser of that database who has switched every rule off."""
        with scratch.connection() as connection:
            for table in TABLES:
                connection.execute(f"ALTER TABLE bankcore.{table} DISABLE TRIGGER ALL".encode())
                rows = connection.execute(
                    "SELECT conname FROM pg_constraint WHERE contype IN ('c', 'f') AND conrelid = %s::regclass",
                    (f"bankcore.{table}",),
                ).fetchall()
                for (name,) in rows:
                    connection.execute(f"ALTER TABLE bankcore.{table} DROP CONSTRAINT {name}".encode())
            yield cls(connection, dice)

    def copy(self, name: str) -> None:
        """Keep a copy of all tables under that name."""
        for table in TABLES:
            self._connection.execute(f"CREATE TABLE {name}_{table} AS TABLE bankcore.{table}".encode())

    def put_back(self, name: str, tables: tuple[str, ...] = TABLES) -> None:
        """Make the tables what they were when that copy was made."""
        script = "".join(
            f"TRUNCATE bankcore.{table}; INSERT INTO bankcore.{table} SELECT * FROM {name}_{table};" for table in tables
        )
        self._connection.execute(f"BEGIN; {script} COMMIT".encode())

    def tamper(self) -> Tampering:
        """Do one thing."""
        ways: Mapping[str, tuple[int, Callable[[], Tampering | None]]] = {
            "change": (70, self._change),
            "delete": (12, self._delete),
            "insert": (10, self._insert),
            "cut": (4, self._cut),
            "roll back": (4, self._roll_back),
        }
        weights = [weight for weight, _way in ways.values()]
        while True:
            (way,) = self._dice.choices([way for _weight, way in ways.values()], weights)
            try:
                done = way()
            except psycopg.Error:
                continue
            if done is not None:
                return done

    def _change(self) -> Tampering | None:
        table, column, data_type = self._dice.choice(self._columns)
        if (table, column) in FREE:
            return None
        row, names = self._pick(table)
        other = OTHER_VALUE[data_type].format(c=column)
        where = f"ctid = '{row}' AND {column} IS DISTINCT FROM {other}"
        changed = self._execute(f"UPDATE bankcore.{table} SET {column} = {other} WHERE {where}")
        return Tampering(f"change of a column of {table}", column, names) if changed else None

    def _delete(self) -> Tampering | None:
        table = self._dice.choice([table for table in TABLES if table != "audit_context"])
        row, names = self._pick(table)
        self._execute(f"DELETE FROM bankcore.{table} WHERE ctid = '{row}'")
        return Tampering(f"deletion from {table}", "row", names)

    def _insert(self) -> Tampering | None:
        table = self._dice.choice(list(_COPIES))
        row, _names = self._pick(table)
        self._connection.execute(
            f"CREATE TEMP TABLE new AS SELECT * FROM bankcore.{table} WHERE ctid = '{row}'".encode()
        )
        try:
            self._execute(f"UPDATE new SET {_COPIES[table]}")
            names = self._names(table, "new", "true")
            self._execute(f"INSERT INTO bankcore.{table} SELECT * FROM new")
        finally:
            self._execute("DROP TABLE new")
        return Tampering(f"insertion into {table}", "row", names)

    def _cut(self) -> Tampering | None:
        rows = self._dice.randint(1, 5)
        size = self._one("SELECT max(size) FROM bankcore.checkpoints") - rows
        what = self._dice.choice(["log", "books", "log and books"])
        leaves = f"SELECT audit_id FROM bankcore.log_leaves WHERE idx >= {size}"
        posted = f"SELECT subject_id FROM bankcore.audit_log WHERE id IN ({leaves}) AND action = 'transaction.posted'"
        done = 0
        if "books" in what:
            done += self._execute(f"DELETE FROM bankcore.entries WHERE transaction_id IN ({posted})")
            done += self._execute(f"DELETE FROM bankcore.transactions WHERE id IN ({posted})")
        if "log" in what:
            done += self._execute(f"DELETE FROM bankcore.audit_log WHERE id IN ({leaves})")
            self._execute(f"DELETE FROM bankcore.log_leaves WHERE idx >= {size}")
            self._execute(f"DELETE FROM bankcore.checkpoints WHERE size > {size}")
        return Tampering(f"tail cut of the {what}", f"{rows} rows", frozenset()) if done else None

    def _roll_back(self) -> Tampering:
        one = self._dice.choice([table for table in TABLES if table != "audit_context"])
        tables = self._dice.choice([TABLES, (one,), ("transactions", "entries", "accounts")])
        self.put_back("old", tables)
        return Tampering("roll-back to an old dump", ", ".join(tables), frozenset())

    def _pick(self, table: str) -> tuple[str, frozenset[str]]:
        rows = self._connection.execute(f"SELECT ctid::text FROM bankcore.{table}".encode()).fetchall()
        row = str(self._dice.choice(rows)[0])
        return row, self._names(table, f"bankcore.{table}", f"t.ctid = '{row}'")

    def _names(self, table: str, source: str, where: str) -> frozenset[str]:
        columns = ", ".join(f"({name})::text" for name in _NAMES[table])
        found = self._connection.execute(f"SELECT {columns} FROM {source} AS t WHERE {where}".encode()).fetchone()
        assert found is not None
        names = {str(name) for name in found if name is not None}
        if table == "audit_context":
            # Whoever reads a finding knows the records that name it.
            rows = self._connection.execute(
                "SELECT id::text FROM bankcore.audit_log WHERE context_id = %s", (found[0],)
            ).fetchall()
            names |= {row[0] for row in rows}
        return frozenset(names)

    def _one(self, statement: str) -> int:
        row = self._connection.execute(statement.encode()).fetchone()
        assert row is not None
        return int(row[0])

    def _execute(self, statement: str) -> int:
        return self._connection.execute(statement.encode()).rowcount
