"""The rows of the books and of the log's tables as the database has them now, in the form in which an export has them.

An export tells twice what happened: in the sealed bodies and in these rows. The verifier compares the two, so that it
finds a changed row without the database.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from bankcore.clock import instant_text
from bankcore_infra.audit.laws.columns import (
    ACCOUNT_COLUMNS,
    CASE_COLUMNS,
    ENTRY_COLUMNS,
    HOLD_COLUMNS,
    LIMIT_COLUMNS,
    POLICY_COLUMNS,
    SESSION_COLUMNS,
    STANDING_COLUMNS,
    TRANSACTION_COLUMNS,
    USER_COLUMNS,
)
from bankcore_infra.audit.laws.frames import frame_of, moves_money, subject_of
from bankcore_infra.audit.recording.context import AuditContext
from bankcore_infra.db import arrays
from bankcore_infra.db.tenant_connection import TenantConnection

_ROWS_AT_ONCE: Final = 1_000
_STREAMED: Final = {"stream_results": True, "max_row_buffer": _ROWS_AT_ONCE}
_TRANSACTIONS: Final = f"""
    SELECT {", ".join(TRANSACTION_COLUMNS)} FROM bankcore.transactions WHERE tenant_id = %s AND id = ANY(%s::uuid[])
"""  # noqa: S608 - made of constants
_ENTRIES: Final = f"""
    SELECT transaction_id, {", ".join(ENTRY_COLUMNS)}
    FROM bankcore.entries WHERE tenant_id = %s AND transaction_id = ANY(%s::uuid[])
    ORDER BY transaction_id, account_id, sequence
"""  # noqa: S608 - made of constants
_OPENED_ACCOUNTS: Final = f"""
    SELECT {", ".join(ACCOUNT_COLUMNS)} FROM bankcore.accounts WHERE tenant_id = %s AND id = ANY(%s::uuid[])
"""  # noqa: S608 - made of constants
_CONTEXTS: Final = """
    SELECT id, salt, ip_address, user_agent FROM bankcore.audit_context WHERE tenant_id = %s AND id = ANY(%s::uuid[])
"""
_STATES: Final = {
    "account": ("accounts", ACCOUNT_COLUMNS + STANDING_COLUMNS),
    "user": ("users", USER_COLUMNS),
    "session": ("sessions", SESSION_COLUMNS),
    "fraud_case": ("fraud_cases", CASE_COLUMNS),
    "fraud_policy": ("fraud_policies", POLICY_COLUMNS),
    "hold": ("holds", HOLD_COLUMNS),
    "limit_policy": ("limit_policies", LIMIT_COLUMNS),
}
# What a row says of another one: limits that the row of their account does not tell of would bind nobody.
_OF_OTHERS: Final = {
    "is_applied": """(SELECT account.is_limited FROM bankcore.accounts AS account
        WHERE account.tenant_id = limit_policies.tenant_id AND account.id = limit_policies.subject_id)"""
}
_COUNTS: Final = """
    SELECT (SELECT count(*) FROM bankcore.transactions WHERE tenant_id = %s) AS transactions,
           (SELECT count(*) FROM bankcore.entries WHERE tenant_id = %s) AS entries,
           (SELECT count(*) FROM bankcore.accounts WHERE tenant_id = %s) AS accounts
"""
_UNKNOWN_MAX: Final = 1_000
_UNKNOWN: Final = {
    "transactions": """
        SELECT 'transaction ' || id FROM bankcore.transactions AS t WHERE tenant_id = %s AND NOT EXISTS (
            SELECT FROM bankcore.audit_log AS log WHERE log.tenant_id = t.tenant_id AND log.subject_id = t.id
            AND log.outcome = 'success') LIMIT %s
    """,
    "entries": """
        SELECT 'entry ' || sequence || ' of account ' || account_id FROM bankcore.entries AS e
        WHERE tenant_id = %s AND NOT EXISTS (
            SELECT FROM bankcore.transactions AS t WHERE t.tenant_id = e.tenant_id AND t.id = e.transaction_id) LIMIT %s
    """,
}


class TableRows:
    """The rows of one tenant, read in the transaction of the export."""

    def __init__(self, connection: TenantConnection) -> None:
        self._connection = connection

    def add_to(self, lines: Sequence[dict[str, object]], records: Sequence[Row[Any]]) -> None:
        """Add to each line of a record its row and the rows of its subject."""
        posted, opened = zip(*(_told_of(record.body) for record in records), strict=True)
        transactions = self._transactions({each for each in posted if each is not None})
        accounts = self._accounts({each for each in opened if each is not None})
        contexts = self._contexts({record.context_id for record in records if record.context_id is not None})
        for line, record, transaction, account in zip(lines, records, posted, opened, strict=True):
            if record.body is None:
                continue
            line["row"] = [
                instant_text(record.at),
                record.action,
                record.outcome,
                record.actor_type,
                record.actor_id,
                _text(record.subject_id),
                list(map(str, record.account_ids)),
                record.request_id,
                _text(record.context_id),
                contexts.get(record.context_id),
            ]
            if transaction is not None:
                line["transaction"], line["entries"] = transactions.get(transaction, (None, []))
            elif account is not None:
                line["account"] = accounts.get(account)

    def after_all(self) -> Iterator[dict[str, object]]:
        """The present rows of what the log tells about, the rows that no record tells about, and the numbers of
        rows.
        """
        for kind, (table, columns) in _STATES.items():
            chosen = ", ".join(_OF_OTHERS.get(name, name) for name in columns)
            chosen = f"SELECT {chosen} FROM bankcore.{table}"  # noqa: S608 - made of constants
            statement = f"{chosen} WHERE tenant_id = %s ORDER BY tenant_id, {columns[0]}"
            for row in self._read(statement, self._connection.tenant_id, options=_STREAMED):
                pairs = zip(columns, row, strict=True)
                yield {"type": kind, "row": [_reduced(name, _plain(fact)) for name, fact in pairs]}
        for table, statement in _UNKNOWN.items():
            for row in self._read(statement, self._connection.tenant_id, _UNKNOWN_MAX):
                yield {"type": "unknown", "table": table, "place": row[0]}
        (counts,) = self._read(_COUNTS, *[self._connection.tenant_id] * 3)
        yield {"type": "tables", **counts._asdict()}

    def _transactions(self, ids: set[UUID]) -> Mapping[UUID, tuple[list[object], list[list[object]]]]:
        if not ids:
            return {}
        entries: dict[UUID, list[list[object]]] = defaultdict(list)
        wanted = arrays.uuids(sorted(ids))
        for row in self._read(_ENTRIES, self._connection.tenant_id, wanted):
            entries[row.transaction_id].append(list(map(_plain, row[1:])))
        found = self._read(_TRANSACTIONS, self._connection.tenant_id, wanted)
        return {row.id: (list(map(_plain, row)), entries[row.id]) for row in found}

    def _accounts(self, ids: set[UUID]) -> Mapping[UUID, list[object]]:
        if not ids:
            return {}
        found = self._read(_OPENED_ACCOUNTS, self._connection.tenant_id, arrays.uuids(sorted(ids)))
        return {row.id: list(map(_plain, row)) for row in found}

    def _contexts(self, ids: set[UUID]) -> Mapping[UUID, str]:
        """The hash of each context that was not erased; personal data itself is not exported."""
        if not ids:
            return {}
        found = self._read(_CONTEXTS, self._connection.tenant_id, arrays.uuids(sorted(ids)))
        contexts = [
            AuditContext(id=row.id, salt=row.salt, ip_address=row.ip_address, user_agent=row.user_agent)
            for row in found
        ]
        return {context.id: context.hash().hex() for context in contexts}

    def _read(
        self, statement: str, *parameters: object, options: Mapping[str, object] | None = None
    ) -> Iterator[Row[Any]]:
        return iter(self._connection.sql.exec_driver_sql(statement, parameters, execution_options=options or {}))


def _plain(fact: object) -> object:
    """A column as JSON; members of an object are sorted by name, because the database keeps no order."""
    match fact:
        case datetime():
            return instant_text(fact)
        case UUID():
            return str(fact)
        case bytes():
            return fact.hex()
        case dict():
            return {name: _plain(fact[name]) for name in sorted(fact)}
        case list():
            return list(map(_plain, fact))
        case _:
            return fact


def _reduced(name: str, fact: object) -> object:
    """Roles in the order of the log, and signals without their explanations, as the log has them."""
    if name == "roles" and isinstance(fact, list):
        return sorted(fact, key=str)
    if name == "signals" and isinstance(fact, list):
        return [[each.get("rule"), each.get("points")] if isinstance(each, dict) else each for each in fact]
    return fact


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _told_of(body: bytes | None) -> tuple[UUID | None, UUID | None]:
    """The transaction of the body, or the account that it opens; neither if it cannot be read."""
    try:
        frame = frame_of(json.loads(body or b"{}"))
        posted = UUID(subject_of(frame)) if moves_money(frame) else None
        return posted, UUID(frame["account"]["id"]) if "account" in frame else None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return None, None
