"""Reconciles accounts with their entries, from where the last run stopped; reports drift and repairs nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from bankcore.actions import Subject
from bankcore.events.stamps import Stamp
from bankcore.identifiers import AccountId, EventId, IdentifierSource, TenantId
from bankcore.ledger.accounts import Account
from bankcore.ledger.transactions import Entry
from bankcore.ledger.verification import Finding, Reached, verify_account
from bankcore.origin import Origin
from bankcore.reconciliation.actions import RECONCILIATION_FINISHED
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import Deed, append_audit_records, make_record
from bankcore_infra.db import arrays
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.ledger.outside import find_unmet_assertions
from bankcore_infra.ledger.reading import account_of, entry_of

RECONCILIATION: Final = "reconciliation"
"""The name of the daily job, under which its runs are kept."""
_ACCOUNTS_AT_ONCE: Final = 500
_ENTRIES_AT_ONCE: Final = 2_000
# An account that has not changed since the last run is left out; the others come with the place to go on from.
_CHANGED: Final = """
    SELECT a.tenant_id, a.id, a.number, a.owner_id, a.name, a.currency, a.kind, a.status, a.balance_minor, a.held_minor,
           a.floor_minor, a.version, a.head_hash, a.created_at,
           coalesce(a.last_posted_at, a.created_at) AS last_posted_at,
           p.sequence AS checked_sequence, p.balance_minor AS checked_balance_minor, p.hash AS checked_hash,
           p.posted_at AS checked_posted_at
    FROM bankcore.accounts AS a
    LEFT JOIN bankcore.reconciliation_positions AS p ON p.tenant_id = a.tenant_id AND p.account_id = a.id
    WHERE a.tenant_id = %s AND a.id > %s
      AND (p.sequence, p.balance_minor, p.hash) IS DISTINCT FROM (a.version, a.balance_minor, a.head_hash)
    ORDER BY a.id
    LIMIT %s
"""
_ENTRIES: Final = """
    SELECT account_id, sequence, transaction_id, currency AS entry_currency, amount_minor, balance_before_minor,
           balance_after_minor, posted_at, hash
    FROM bankcore.entries
    WHERE tenant_id = %s AND account_id = %s AND sequence > %s AND sequence <= %s
    ORDER BY sequence LIMIT %s
"""
_UNBALANCED: Final = """
    SELECT currency, sum(balance_minor) AS total FROM bankcore.accounts WHERE tenant_id = %s
    GROUP BY currency HAVING sum(balance_minor) <> 0
"""
_MOVE: Final = """
    INSERT INTO bankcore.reconciliation_positions (tenant_id, account_id, sequence, balance_minor, hash, posted_at)
    SELECT %s, * FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bytea[], %s::timestamptz[])
    ON CONFLICT ON CONSTRAINT reconciliation_positions_pkey DO UPDATE
    SET sequence = excluded.sequence, balance_minor = excluded.balance_minor, hash = excluded.hash,
        posted_at = excluded.posted_at
"""
_ADD_RUN: Final = """
    INSERT INTO bankcore.reconciliation_runs (tenant_id, id, started_at, accounts, entries, drifts)
    VALUES (%s, %s, %s, %s, %s, %s)
"""
_ADD_DRIFTS: Final = """
    INSERT INTO bankcore.reconciliation_drifts (tenant_id, run_id, position, place, problem)
    SELECT %s, %s, position, place, problem
    FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS new (place, problem, position)
"""
_NOBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationReport:
    """A run: how much it looked at, and what does not fit."""

    run_id: UUID
    started_at: datetime
    accounts: int
    entries: int
    drifts: tuple[Finding, ...]

    @property
    def is_clean(self) -> bool:
        """Whether everything fits."""
        return not self.drifts


class _Checked(NamedTuple):
    """An account that was looked at: up to where it is right, or what is wrong with it."""

    account_id: AccountId
    entries: int
    reached: Reached | None
    findings: Sequence[Finding]


class Reconciliation:
    """Compares one tenant's books with themselves, in short transactions without locks."""

    def __init__(self, database: Database, tenant_id: TenantId, ids: IdentifierSource) -> None:
        self._tenant_id = tenant_id
        self._transactions = OwnTransactions(database, tenant_id)
        self._ids = ids

    def run(
        self, on_progress: Callable[[int], None] = lambda _accounts: None, *, origin: Origin
    ) -> ReconciliationReport:
        """Look at what changed since the last run, and record the outcome. `on_progress` gets the accounts so far.

        An account that drifts keeps its old place, so that every run reports it until an operator has posted the
        correction and found the cause.
        """
        started_at = self._transactions.rehearse(lambda connection: connection.opened_at)
        accounts, entries = 0, 0
        drifts: list[Finding] = []
        after = AccountId(_NOBODY)
        while page := self._changed(after):
            checked = [self._check(row) for row in page]
            self._move([each for each in checked if each.reached is not None])
            accounts += len(checked)
            entries += sum(each.entries for each in checked)
            drifts += [finding for each in checked for finding in each.findings]
            after = checked[-1].account_id
            on_progress(accounts)
        drifts += self._transactions.rehearse(_unbalanced)
        drifts += self._transactions.rehearse(find_unmet_assertions)
        report = ReconciliationReport(
            run_id=self._ids.new_id(), started_at=started_at, accounts=accounts, entries=entries, drifts=tuple(drifts)
        )
        self._transactions.run(lambda connection: self._record(connection, report, origin))
        return report

    def _record(self, connection: TenantConnection, report: ReconciliationReport, origin: Origin) -> None:
        """Store the run with its drifts and its audit record."""
        counts = {"accounts": report.accounts, "entries": report.entries, "drifts": len(report.drifts)}
        _add_run(connection, report, counts.values())
        stamp = Stamp(EventId(self._ids.new_id()), self._tenant_id, connection.opened_at, origin)
        deed = Deed(RECONCILIATION_FINISHED, subject=Subject("reconciliation_run", report.run_id))
        append_audit_records(connection, [make_record(stamp, deed, {"reconciliation": {**counts}}, AuditContexts())])

    def _changed(self, after: AccountId) -> Sequence[Row[Any]]:
        parameters = (self._tenant_id, after, _ACCOUNTS_AT_ONCE)
        return self._transactions.rehearse(
            lambda connection: connection.sql.exec_driver_sql(_CHANGED, parameters).fetchall()
        )

    def _check(self, row: Row[Any]) -> _Checked:
        account, since = account_of(row), _reached_before(row)
        findings = list(verify_account(account, self._entries(account, 0 if since is None else since.sequence), since))
        entries = max(account.version - (0 if since is None else since.sequence), 0)
        if findings:
            return _Checked(account.id, entries, None, findings)
        reached = Reached(account.version, account.balance_minor, account.head_hash, row.last_posted_at)
        return _Checked(account.id, entries, reached, ())

    def _entries(self, account: Account, after: int) -> Iterator[Entry]:
        """The entries after that sequence, up to the version that was read with the balance."""
        while after < account.version:
            window = self._window(account, after)
            if not window:
                return
            yield from window
            after = window[-1].sequence

    def _window(self, account: Account, after: int) -> Sequence[Entry]:
        parameters = (account.tenant_id, account.id, after, account.version, _ENTRIES_AT_ONCE)
        return self._transactions.rehearse(
            lambda connection: [entry_of(row) for row in connection.sql.exec_driver_sql(_ENTRIES, parameters)]
        )

    def _move(self, checked: Sequence[_Checked]) -> None:
        reached = [(each.account_id, each.reached) for each in checked if each.reached is not None]
        parameters = (
            self._tenant_id,
            arrays.uuids([account_id for account_id, _reached in reached]),
            arrays.integers([place.sequence for _id, place in reached]),
            arrays.integers([place.balance_minor for _id, place in reached]),
            arrays.byte_strings([place.hash for _id, place in reached]),
            arrays.instants([place.posted_at for _id, place in reached]),
        )
        if reached:
            self._transactions.run(lambda connection: connection.sql.exec_driver_sql(_MOVE, parameters).rowcount)


def _reached_before(row: Row[Any]) -> Reached | None:
    if row.checked_sequence is None:
        return None
    return Reached(row.checked_sequence, row.checked_balance_minor, row.checked_hash, row.checked_posted_at)


def _unbalanced(connection: TenantConnection) -> list[Finding]:
    rows = connection.sql.exec_driver_sql(_UNBALANCED, (connection.tenant_id,))
    return [
        Finding(f"currency {row.currency}", f"all balances sum to {row.total} minor units, not to zero") for row in rows
    ]


def _add_run(connection: TenantConnection, report: ReconciliationReport, counts: Iterable[int]) -> None:
    connection.sql.exec_driver_sql(_ADD_RUN, (connection.tenant_id, report.run_id, report.started_at, *counts))
    if report.drifts:
        places = arrays.texts([drift.place for drift in report.drifts])
        problems = arrays.texts([drift.problem for drift in report.drifts])
        connection.sql.exec_driver_sql(_ADD_DRIFTS, (connection.tenant_id, report.run_id, places, problems))
