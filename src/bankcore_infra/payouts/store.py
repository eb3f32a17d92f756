"""Payout jobs and their items out of and into their rows."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from bankcore.identifiers import AccountId, HoldId, TenantId, TransactionId
from bankcore.ledger.accounts import AccountKind, AccountStatus
from bankcore.money import CURRENCIES, Currency, Money
from bankcore.payouts.jobs import PayoutItem, PayoutItemStatus, PayoutJob, PayoutJobId, PayoutStatus, Tally
from bankcore.payouts.rows import NamedAccounts, Payee
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.identifiers import ID_LAST

# Two look-ups by index, since one condition with OR would be a scan.
_PAYEES: Final = Statement("""
    SELECT id, NULL, owner_id, currency, kind, status FROM bankcore.accounts
    WHERE tenant_id = $1::uuid AND id = ANY($2::uuid[])
    UNION ALL
    SELECT id, number, owner_id, currency, kind, status FROM bankcore.accounts
    WHERE tenant_id = $1::uuid AND number = ANY($3::text[])
""")
_ADD_JOB: Final = """
    INSERT INTO bankcore.payout_jobs (
        tenant_id, id, account_id, hold_id, created_at, due_at, total_minor, total_items, currency, owner_id, name)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_ADD_ITEMS: Final = Statement("""
    INSERT INTO bankcore.payout_items (tenant_id, job_id, place, account_id, amount_minor, reference)
    SELECT $1::uuid, $2::uuid, place, account_id, amount_minor, reference
    FROM unnest($3::bigint[], $4::uuid[], $5::bigint[], $6::text[]) AS new (place, account_id, amount_minor, reference)
""")
_UPDATE_JOB: Final = """
    UPDATE bankcore.payout_jobs
    SET status = %s, hold_id = %s, paid_items = %s, paid_minor = %s, failed_items = %s, failed_minor = %s,
        checkpoint = %s, stopped_by = %s, ended_at = %s, due_at = now() + %s
    WHERE tenant_id = %s AND id = %s
"""
_FIND_JOB: Final = "SELECT * FROM bankcore.payout_jobs WHERE tenant_id = %s AND id = %s"
_LIST_JOBS: Final = """
    SELECT * FROM bankcore.payout_jobs WHERE tenant_id = %s AND id < %s {condition} ORDER BY id DESC LIMIT %s
"""
_ITEMS: Final = """
    SELECT item.place, item.account_id, item.amount_minor, item.transaction_id, item.status, item.reference,
           item.problem, job.currency
    FROM bankcore.payout_items AS item
    JOIN bankcore.payout_jobs AS job ON job.tenant_id = item.tenant_id AND job.id = item.job_id
    WHERE item.tenant_id = %s AND item.job_id = %s AND item.place > %s {condition}
    ORDER BY item.place LIMIT %s
"""
_SETTLE: Final = Statement("""
    UPDATE bankcore.payout_items AS item
    SET status = new.status, transaction_id = new.transaction_id, problem = new.problem
    FROM unnest($3::bigint[], $4::text[], $5::uuid[], $6::text[]) AS new (place, status, transaction_id, problem)
    WHERE item.tenant_id = $1::uuid AND item.job_id = $2::uuid AND item.place = new.place
""")
_REOPEN: Final = """
    WITH reopened AS (
        UPDATE bankcore.payout_items SET status = 'unpaid', problem = NULL
        WHERE tenant_id = %s AND job_id = %s AND status = 'failed'
        RETURNING place)
    SELECT min(place) FROM reopened
"""


def find_payees(connection: TenantConnection, named: NamedAccounts) -> Mapping[UUID | str, Payee]:
    """Those of the accounts that exist, each by the id or the number that it was named by."""
    ids, numbers = arrays.uuids(named.ids), arrays.texts(sorted(named.numbers))
    rows = connection.ask(_PAYEES, connection.tenant_id, ids, numbers)
    return {number or account_id: _payee_of(account_id, *facts) for account_id, number, *facts in rows}


def add_job(connection: TenantConnection, job: PayoutJob, items: Sequence[PayoutItem]) -> None:
    """Add a new job with all its items, in two statements."""
    named = (connection.tenant_id, job.id, job.account_id, job.hold_id, job.created_at, job.created_at)
    told = (job.total.minor, job.total.items, job.currency.code, job.owner_id, job.name)
    connection.sql.exec_driver_sql(_ADD_JOB, (*named, *told))
    connection.tell(
        _ADD_ITEMS,
        connection.tenant_id,
        job.id,
        arrays.integers([item.place for item in items]),
        arrays.uuids([item.account_id for item in items]),
        arrays.integers([item.amount.minor for item in items]),
        arrays.texts([item.reference for item in items]),
    )


def update_job(connection: TenantConnection, job: PayoutJob, due_in: timedelta) -> None:
    """Write all of the job that may change."""
    tallies = (*job.paid, *job.failed)
    stands = (job.status, job.hold_id, *tallies, job.checkpoint, job.stopped_by, job.ended_at, due_in)
    connection.sql.exec_driver_sql(_UPDATE_JOB, (*stands, connection.tenant_id, job.id))


def find_job(connection: TenantConnection, job_id: PayoutJobId) -> PayoutJob | None:
    """The job with that id."""
    row = connection.sql.exec_driver_sql(_FIND_JOB, (connection.tenant_id, job_id)).one_or_none()
    return None if row is None else job_of(row)


def list_jobs(
    connection: TenantConnection, *, owner_id: str | None, before: PayoutJobId | None, limit: int
) -> list[PayoutJob]:
    """The jobs, the latest first: ids of version 7 sort in the order in which they were made."""
    statement = _LIST_JOBS.format(condition="" if owner_id is None else "AND owner_id = %s")
    owned = () if owner_id is None else (owner_id,)
    rows = connection.sql.exec_driver_sql(statement, (connection.tenant_id, before or ID_LAST, *owned, limit))
    return [job_of(row) for row in rows]


def list_items(
    connection: TenantConnection, job_id: PayoutJobId, *, status: PayoutItemStatus | None, after: int, limit: int
) -> list[PayoutItem]:
    """The items of the job in their order, from just after that place."""
    statement = _ITEMS.format(condition="" if status is None else "AND item.status = %s")
    wanted = () if status is None else (status,)
    rows = connection.sql.exec_driver_sql(statement, (connection.tenant_id, job_id, after, *wanted, limit))
    return [_item_of(row) for row in rows]


def settle_items(connection: TenantConnection, job: PayoutJob, items: Sequence[PayoutItem]) -> None:
    """Write what became of the items; the database refuses to change one that is paid."""
    connection.tell(
        _SETTLE,
        connection.tenant_id,
        job.id,
        arrays.integers([item.place for item in items]),
        arrays.texts([item.status for item in items]),
        arrays.optional_uuids([item.transaction_id for item in items]),
        arrays.texts([item.problem for item in items]),
    )


def reopen_failed(connection: TenantConnection, job: PayoutJob) -> int:
    """Make the failed items unpaid again. Returns the place of the first of them."""
    first: int = connection.sql.exec_driver_sql(_REOPEN, (connection.tenant_id, job.id)).scalar_one()
    return first


def job_of(row: Row[Any]) -> PayoutJob:
    """A job out of its row."""
    return PayoutJob(
        tenant_id=TenantId(row.tenant_id),
        id=PayoutJobId(row.id),
        account_id=AccountId(row.account_id),
        owner_id=row.owner_id,
        currency=CURRENCIES[row.currency],
        name=row.name,
        created_at=row.created_at,
        total=Tally(row.total_items, row.total_minor),
        status=PayoutStatus(row.status),
        hold_id=None if row.hold_id is None else HoldId(row.hold_id),
        paid=Tally(row.paid_items, row.paid_minor),
        failed=Tally(row.failed_items, row.failed_minor),
        checkpoint=row.checkpoint,
        stopped_by=row.stopped_by,
        ended_at=row.ended_at,
    )


def _item_of(row: Row[Any]) -> PayoutItem:
    return PayoutItem(
        place=row.place,
        account_id=AccountId(row.account_id),
        amount=Money(row.amount_minor, CURRENCIES[row.currency]),
        reference=row.reference,
        status=PayoutItemStatus(row.status),
        transaction_id=None if row.transaction_id is None else TransactionId(row.transaction_id),
        problem=row.problem,
    )


def _payee_of(account_id: UUID, owner_id: str, currency: str, kind: str, status: str) -> Payee:
    return Payee(AccountId(account_id), owner_id, Currency.of(currency), AccountKind(kind), AccountStatus(status))
