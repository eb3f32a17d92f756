"""Verifies that the database still holds what was sealed: log, leaves and checkpoints, and the books behind the log."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, select

from bankcore.audit.checkpoints import NO_NOTE, log_origin, parse_note
from bankcore.audit.merkle import Frontier, leaf_hash
from bankcore.identifiers import TransactionId
from bankcore.ledger.accounts import settlement_account
from bankcore.ledger.transactions import Transaction
from bankcore.ledger.verification import Finding
from bankcore.money import CURRENCIES
from bankcore.tenancy.tenants import Tenant
from bankcore_infra.audit.canonical import CanonicalValue, instant_text
from bankcore_infra.audit.ledger_records import opened_facts, posted_facts
from bankcore_infra.audit.sealed_log import StoredCheckpoint, stored_checkpoint_of
from bankcore_infra.audit.sealing_keys import PublicKeys
from bankcore_infra.audit.standalone_verifier import named
from bankcore_infra.db.tables import ACCOUNTS
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.ledger.reading import account_of, find_transactions

_ROWS_AT_ONCE: Final = 500
_STREAMED: Final = {"stream_results": True, "max_row_buffer": _ROWS_AT_ONCE}
_LEAVES: Final = """
    SELECT leaf.idx, leaf.audit_id, leaf.hash, leaf.nodes, log.id, log.xid::text, log.at, log.action, log.outcome,
           log.actor_type, log.actor_id, log.subject_id, log.account_ids, log.request_id, log.body
    FROM bankcore.log_leaves AS leaf
    LEFT JOIN bankcore.audit_log AS log ON log.tenant_id = leaf.tenant_id AND log.id = leaf.audit_id
    WHERE leaf.tenant_id = %s ORDER BY leaf.tenant_id, leaf.idx
"""
_CHECKPOINTS: Final = """
    SELECT size, root, upto::text, system_id, era, frontier, previous_hash, note, created_at FROM bankcore.checkpoints
    WHERE tenant_id = %s ORDER BY tenant_id, size
"""
_NEVER_SEALED: Final = """
    SELECT id, xid::text FROM bankcore.audit_log AS log WHERE tenant_id = %s
    AND xid < (SELECT max(upto) FROM bankcore.checkpoints WHERE tenant_id = %s AND era = (
        SELECT max(era) FROM bankcore.checkpoints WHERE tenant_id = %s))
    AND NOT EXISTS (
        SELECT FROM bankcore.log_leaves AS leaf WHERE leaf.tenant_id = log.tenant_id AND leaf.audit_id = log.id)
    LIMIT 1000
"""
_NEVER_RECORDED: Final = """
    SELECT '{name}', id FROM bankcore.{table} AS t WHERE tenant_id = %s AND NOT EXISTS (
        SELECT FROM bankcore.audit_log AS log
        WHERE log.tenant_id = t.tenant_id AND log.subject_id = t.id AND log.action = '{action}')
    AND t.kind <> 'settlement' LIMIT 1000
"""
_RECORDED: Final = (("transaction", "transactions", "transaction.posted"), ("account", "accounts", "account.opened"))
# What a transaction's row says beside what it is read from.
_HALF_TRUTHS: Final = """
    SELECT id FROM bankcore.transactions AS t WHERE tenant_id = %s AND (
        (source_type IS NULL) <> (source_id IS NULL) OR (amount_minor IS NULL) <> (currency IS NULL)
        OR metadata = '{}' OR EXISTS (
            SELECT FROM bankcore.entries AS e
            WHERE e.tenant_id = t.tenant_id AND e.transaction_id = t.id AND e.posted_at <> t.posted_at)) LIMIT 1000
"""
# Our own side of the books comes with the first account of its currency, and all it is follows from that.
_SETTLEMENTS: Final = """
    SELECT settlement.*, EXISTS (
        SELECT FROM bankcore.accounts AS first
        WHERE first.tenant_id = settlement.tenant_id AND first.currency = settlement.currency
          AND first.created_at = settlement.created_at AND first.id <> settlement.id
    ) AS has_opening
    FROM bankcore.accounts AS settlement WHERE tenant_id = %s AND kind = 'settlement'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReport:
    """What was looked at, and what was wrong with it."""

    records: int
    checkpoints: int
    findings: tuple[Finding, ...]


def verify_log(
    connection: Connection,
    tenant: Tenant,
    keys: PublicKeys | None,
    *,
    on_progress: Callable[[int], None] = lambda _records: None,
) -> LogReport:
    """Verify the tenant's log as it is in one snapshot, while others go on; records are streamed.

    Signatures are checked if there are keys. The connection should belong to the auditor role.
    """
    connection = connection.execution_options(isolation_level="REPEATABLE READ")
    with connection.begin():
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        run = _LogVerification(TenantConnection(connection, tenant.id), tenant, keys, on_progress)
        findings = tuple(run.findings())
    return LogReport(records=run.frontier.size, checkpoints=run.checkpoints, findings=findings)


class _LogVerification:
    """One run over a log."""

    def __init__(
        self,
        connection: TenantConnection,
        tenant: Tenant,
        keys: PublicKeys | None,
        on_progress: Callable[[int], None],
    ) -> None:
        self._connection = connection
        self._tenant = tenant
        self._keys = keys
        self._on_progress = on_progress
        self._last: StoredCheckpoint | None = None
        self.frontier = Frontier()
        self.checkpoints = 0

    def findings(self) -> Iterator[Finding]:
        """Everything that is wrong."""
        stored = (stored_checkpoint_of(row) for row in self._stream(_CHECKPOINTS))
        checkpoint = next(stored, None)
        rows = self._stream(_LEAVES)
        while batch := list(islice(rows, _ROWS_AT_ONCE)):
            for row in batch:
                while checkpoint is not None and checkpoint.size <= row.idx:
                    yield from self._check(checkpoint)
                    checkpoint = next(stored, None)
                yield from self._check_leaf(row, checkpoint)
            yield from self._check_books(batch)
            self._on_progress(self.frontier.size)
        while checkpoint is not None:
            yield from self._check(checkpoint)
            checkpoint = next(stored, None)
        yield from self._strangers()

    def _check_leaf(self, row: Row[Any], checkpoint: StoredCheckpoint | None) -> Iterator[Finding]:
        place = f"sealed record {row.idx}"
        if row.idx != self.frontier.size:
            yield Finding(place, f"follows record {self.frontier.size - 1}; what was between them is gone")
        if tuple(row.nodes) != self.frontier.append(row.hash):
            yield Finding(place, "its tree nodes are not the hashes of what is below them")
        if checkpoint is None:
            yield Finding(place, "no checkpoint covers it")
        if row.id is None:
            yield Finding(place, f"{row.audit_id} is gone from the audit log")
            return
        if leaf_hash(row.body) != row.hash:
            yield Finding(place, f"{row.id} of {instant_text(row.at)} is not what was sealed")
        elif checkpoint is not None and int(row.xid) >= checkpoint.upto and checkpoint.era == 1:
            yield Finding(place, f"its transaction {row.xid} is later than its checkpoint")
        else:
            yield from self._check_columns(place, row)

    def _check_columns(self, place: str, row: Row[Any]) -> Iterator[Finding]:
        """A reader filters by columns, so they must say what the sealed body says."""
        body = json.loads(row.body)
        subject_id, account_ids = named(body)
        said = {
            "id": body["id"],
            "at": body["at"],
            "action": body["action"],
            "outcome": body["outcome"],
            "actor_type": body["actor"]["type"],
            "actor_id": body["actor"]["id"],
            "request_id": body["request"],
            "subject_id": subject_id,
            "account_ids": account_ids,
        }
        stored = {
            **{name: getattr(row, name) for name in said},
            "id": str(row.id),
            "at": instant_text(row.at),
            "subject_id": None if row.subject_id is None else str(row.subject_id),
            "account_ids": [str(account_id) for account_id in row.account_ids],
        }
        for name in (name for name in said if said[name] != stored[name]):
            yield Finding(place, f"its column {name} is not what its sealed body says")

    def _check(self, stored: StoredCheckpoint) -> Iterator[Finding]:
        place = f"checkpoint {stored.size}"
        self.checkpoints += 1
        last, self._last = self._last, stored
        problem = stored.contradiction(log_origin(self._tenant.id, self._tenant.slug))
        if problem is not None:
            yield Finding(place, problem)
            return
        note = parse_note(stored.note)
        if self._keys is not None and not self._keys.have_signed(note):
            yield Finding(place, "is not signed with our key")
        if note.checkpoint.at != instant_text(stored.created_at):
            yield Finding(place, "its time is not what its note says")
        previous = NO_NOTE if last is None else _digest(last)
        if previous is not None and note.checkpoint.previous != previous:
            yield Finding(place, "does not name the checkpoint before it")
        if stored.size != self.frontier.size:
            yield Finding(place, f"there are {self.frontier.size} records before it")
        elif stored.root != self.frontier.root:
            since = "the beginning" if last is None else instant_text(last.created_at)
            yield Finding(place, f"the records sealed between {since} and {note.checkpoint.at} are not the same")
        # One fault is named once: the log is taken up again where it was signed.
        self.frontier = Frontier(stored.size, stored.frontier)

    def _check_books(self, rows: Sequence[Row[Any]]) -> Iterator[Finding]:
        """The tables of the books must hold what the sealed bodies say."""
        bodies = [json.loads(row.body) for row in rows if row.id is not None and leaf_hash(row.body) == row.hash]
        posted = {body["transaction"]["id"]: body for body in bodies if body["action"] == "transaction.posted"}
        opened = {body["account"]["id"]: body for body in bodies if body["action"] == "account.opened"}
        found = _transactions(self._connection, sorted(map(UUID, posted)))
        for key, body in posted.items():
            problem = _difference(found.get(key), body)
            if problem is not None:
                yield Finding(f"transaction {key}", f"{problem} (recorded at {body['at']})")
        if not opened:
            return
        statement = select(ACCOUNTS).where(
            ACCOUNTS.c.tenant_id == self._tenant.id, ACCOUNTS.c.id.in_(sorted(map(UUID, opened)))
        )
        accounts = {str(row.id): row for row in self._connection.sql.execute(statement)}
        for key, body in opened.items():
            row = accounts.get(key)
            if row is None:
                yield Finding(f"account {key}", f"is gone (opened at {body['at']})")
            elif _opened(row) != body["account"] or instant_text(row.created_at) != body["at"]:
                yield Finding(f"account {key}", f"is not what was opened at {body['at']}")

    def _strangers(self) -> Iterator[Finding]:
        """What is in the tables without being in the log."""
        tenant_id = self._tenant.id
        for row in self._connection.sql.exec_driver_sql(_NEVER_SEALED, (tenant_id, tenant_id, tenant_id)):
            yield Finding(f"audit record {row.id}", f"was added in transaction {row.xid}, which was sealed without it")
        for name, table, action in _RECORDED:
            statement = _NEVER_RECORDED.format(name=name, table=table, action=action)
            for kind, stranger_id in self._connection.sql.exec_driver_sql(statement, (tenant_id,)):
                yield Finding(f"{kind} {stranger_id}", "the audit log has no record of it")
        for (transaction_id,) in self._connection.sql.exec_driver_sql(_HALF_TRUTHS, (tenant_id,)):
            yield Finding(f"transaction {transaction_id}", "its source, amount, metadata or time contradicts itself")
        for row in self._connection.sql.exec_driver_sql(_SETTLEMENTS, (tenant_id,)):
            currency = CURRENCIES.get(row.currency)
            expected = None if currency is None else settlement_account(tenant_id, currency, opened_at=row.created_at)
            if expected is None or _opened(row) != opened_facts(expected) or not row.has_opening:
                yield Finding(f"account {row.id}", "is not as settlement accounts are opened")

    def _stream(self, statement: str) -> Iterator[Row[Any]]:
        rows = self._connection.sql.exec_driver_sql(statement, (self._tenant.id,), execution_options=_STREAMED)
        return iter(rows)


def _transactions(connection: TenantConnection, ids: Sequence[UUID]) -> dict[str, Transaction]:
    """The recorded transactions by id; one whose rows make no transaction any more is left out."""
    wanted = [TransactionId(each) for each in ids]
    try:
        return {str(key): transaction for key, transaction in find_transactions(connection, wanted).items()}
    except (ValueError, KeyError):
        if len(ids) == 1:
            return {}
    return {key: value for each in ids for key, value in _transactions(connection, [each]).items()}


def _difference(transaction: Transaction | None, body: dict[str, Any]) -> str | None:
    if transaction is None:
        return "is gone, or no transaction any more"
    facts = json.loads(json.dumps(posted_facts(transaction), default=str))
    wrong = sorted(name for name, fact in body["transaction"].items() if facts.get(name) != fact)
    if wrong:
        return f"its {', '.join(wrong)} differ from what was sealed"
    moved = {entry.currency: 0 for entry in transaction.entries}
    for entry in transaction.entries:
        moved[entry.currency] += max(entry.amount_minor, 0)
    amount = None if transaction.amount is None else (transaction.amount.currency, transaction.amount.minor)
    expected = next(iter(moved.items())) if len(moved) == 1 else None
    return None if amount == expected else "its amount is not what its entries moved"


def _opened(row: Row[Any]) -> dict[str, CanonicalValue] | None:
    """What a record would say of the account; None if the row makes no account any more."""
    try:
        return opened_facts(account_of(row))
    except (ValueError, KeyError):
        return None


def _digest(stored: StoredCheckpoint) -> bytes | None:
    try:
        return parse_note(stored.note).digest
    except ValueError:
        return None
