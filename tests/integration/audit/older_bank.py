"""A bank whose records were written before the present frame, as it stands after an upgrade."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from bankcore.identifiers import TenantId
from bankcore.origin import Origin
from bankcore_infra.audit.laws.columns import (
    ACCOUNT_COLUMNS,
    CASE_COLUMNS,
    ENTRY_COLUMNS,
    RECORD_COLUMNS,
    SESSION_COLUMNS,
    STANDING_COLUMNS,
    TRANSACTION_COLUMNS,
    USER_COLUMNS,
)
from bankcore_infra.audit.recording.erasure import erase_contexts
from bankcore_infra.db.transactions import OwnTransactions
from tests.worlds.sql_bank import SqlBank, moved_bank

OLDER: Final = Path(__file__).parent / "older"
EXPORT: Final = OLDER / "log.ndjson"
NOTE: Final = (OLDER / "checkpoint").read_text(encoding="utf-8")
KEY: Final = (OLDER / "public-key.pem").read_bytes()
# The log begins anew here, so nobody has sealed anything of it, and it has no era.
_NOT_HERE: Final = {"heads.sealed", "log.era_begun"}
_BYTES: Final = "decode(%s, 'hex')"
_CASTS: Final = {"roles": "%s::text[]", "account_ids": "%s::uuid[]", "hash": _BYTES, "head_hash": _BYTES}


def older_bank(bank: SqlBank) -> SqlBank:
    """The tenant of the older export in the database of that bank: its rows and records, none of them sealed.

    Addresses and user agents are in no export, so they are erased here, with records of that.
    """
    header, *lines = [json.loads(line) for line in EXPORT.read_bytes().splitlines()]
    tenant_id = TenantId(UUID(header["tenant"]))
    with psycopg.connect(bank.scratch.url("postgres")) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET search_path = bankcore")
        connection.execute(
            "INSERT INTO tenants (id, slug, name, kind, created_at)"
            " SELECT %s, 'older', 'Older', kind, created_at FROM tenants WHERE id = %s",
            (tenant_id, bank.tenant_id),
        )
        # The check of new entries compares them with accounts of their moment.
        connection.execute("ALTER TABLE entries DISABLE TRIGGER entries_check")
        for line in lines:
            _restore(connection, tenant_id, line)
        connection.execute("ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_check")
    moved = moved_bank(replace(bank, tenant_id=tenant_id), bank.scratch, bank.database)
    actors = bank.scratch.rows("SELECT DISTINCT actor_id FROM bankcore.audit_log WHERE tenant_id = %s", tenant_id)
    for (actor,) in actors:
        transactions = OwnTransactions(moved.database, tenant_id)
        erase_contexts(transactions, moved.ids, actor_id=str(actor), origin=Origin(actor_id="officer"))
    return moved


def _restore(connection: psycopg.Connection, tenant_id: UUID, line: dict[str, Any]) -> None:
    """Insert the rows that a line has."""
    kind, row = line["type"], line.get("row", [])
    facts: dict[str, Any] = {"tenant_id": tenant_id}
    if kind in {"record", "pending"} and row[1] not in _NOT_HERE:
        columns = (*RECORD_COLUMNS, "context_id")
        _insert(connection, "audit_log", columns, [row[:-1]], id=line["id"], body=line["body"].encode(), **facts)
        if row[-2] is not None:
            connection.execute(
                "INSERT INTO audit_context (tenant_id, id, salt, ip_address) VALUES (%s, %s, '', '203.0.113.1')"
                " ON CONFLICT DO NOTHING",
                (tenant_id, row[-2]),
            )
        if "transaction" in line:
            _insert(connection, "transactions", TRANSACTION_COLUMNS, [line["transaction"]], **facts)
            _insert(
                connection, "entries", ENTRY_COLUMNS, line["entries"], transaction_id=line["transaction"][0], **facts
            )
    elif kind == "account":
        _insert(connection, "accounts", ACCOUNT_COLUMNS + STANDING_COLUMNS, [row], **facts)
    elif kind == "user":
        facts |= {"email": "sita@example.com", "full_name": "Sita", "password_hash": "$argon2id$x"}
        _insert(connection, "users", USER_COLUMNS, [row], **facts)
    elif kind == "session":
        facts |= {"expires_at": "2030-01-01", "last_used_at": "2026-01-01"}
        _insert(connection, "sessions", SESSION_COLUMNS, [row], **facts)
    elif kind == "fraud_case":
        row[CASE_COLUMNS.index("signals")] = Jsonb(
            [{"rule": rule, "points": points} for rule, points in row[CASE_COLUMNS.index("signals")]]
        )
        _insert(connection, "fraud_cases", CASE_COLUMNS, [row], note="seen", **facts)


def _insert(
    connection: psycopg.Connection, table: str, columns: tuple[str, ...], rows: Sequence[list[Any]], **more: object
) -> None:
    """Insert rows as they were exported, with what is the same in all of them."""
    names = (*columns, *more)
    places = ", ".join(_CASTS.get(name, "%s") for name in names)
    values = [value for row in rows for value in (*row, *more.values())]
    connection.execute(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES {', '.join([f'({places})'] * len(rows))}".encode(),
        [Jsonb(value) if isinstance(value, dict) else value for value in values],
    )
