"""Approvals out of and into their rows."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row

from bankcore.approvals.approvals import Approval, ApprovalId, ApprovalStatus, Ending
from bankcore.identifiers import AccountId, TransactionId
from bankcore.money import CURRENCIES, Money
from bankcore_infra.approvals.codec import command_document, command_of
from bankcore_infra.db import arrays
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.identifiers import ID_LAST

_ADD: Final = """
    INSERT INTO bankcore.approvals (
        tenant_id, id, requested_at, expires_at, amount_minor, currency, requested_by, owner_id, account_ids, command)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::uuid[], %s::jsonb)
"""
_END: Final = """
    UPDATE bankcore.approvals SET status = %s, ended_at = %s, ended_by = %s, reason = %s, transaction_id = %s
    WHERE tenant_id = %s AND id = %s
"""
_FIND: Final = "SELECT * FROM bankcore.approvals WHERE tenant_id = %s AND id = %s"
# A statement for exactly the filters that are set: a plan for all filters would use no index.
_LIST: Final = """
    SELECT * FROM bankcore.approvals WHERE tenant_id = %s AND id < %s {conditions} ORDER BY id DESC LIMIT %s
"""
_STATUS: Final = {
    ApprovalStatus.PENDING: "AND status = 'pending' AND expires_at > now()",
    ApprovalStatus.EXPIRED: "AND status = 'pending' AND expires_at <= now()",
    ApprovalStatus.APPROVED: "AND status = 'approved'",
    ApprovalStatus.REJECTED: "AND status = 'rejected'",
    ApprovalStatus.WITHDRAWN: "AND status = 'withdrawn'",
}


def add_approval(connection: TenantConnection, approval: Approval) -> None:
    """Add a pending approval."""
    amount = approval.amount
    money = (None, None) if amount is None else (amount.minor, amount.currency.code)
    times, who = (approval.requested_at, approval.expires_at), (approval.requested_by, approval.owner_id)
    command = json.dumps(command_document(approval.command))
    accounts = arrays.uuids(approval.account_ids)
    connection.sql.exec_driver_sql(_ADD, (connection.tenant_id, approval.id, *times, *money, *who, accounts, command))


def end_approval(connection: TenantConnection, approval: Approval) -> None:
    """Write how it ended."""
    ending = approval.ending
    assert ending is not None  # noqa: S101 - only what ended is written again
    ended = (approval.status, ending.at, ending.by, ending.reason, approval.transaction_id)
    connection.sql.exec_driver_sql(_END, (*ended, connection.tenant_id, approval.id))


def find_approval(connection: TenantConnection, approval_id: ApprovalId) -> Approval | None:
    """The approval as it is stored."""
    row = connection.sql.exec_driver_sql(_FIND, (connection.tenant_id, approval_id)).one_or_none()
    return None if row is None else approval_of(row)


def list_approvals(
    connection: TenantConnection,
    *,
    requested_by: str | None,
    status: ApprovalStatus | None,
    before: ApprovalId | None,
    limit: int,
) -> Sequence[Approval]:
    """The approvals, latest first: ids of version 7 sort in the order in which they were made."""
    conditions = ["" if status is None else _STATUS[status]]
    parameters: list[object] = [connection.tenant_id, before or ID_LAST]
    if requested_by is not None:
        conditions.append("AND requested_by = %s")
        parameters.append(requested_by)
    statement = _LIST.format(conditions=" ".join(conditions))
    rows = connection.sql.exec_driver_sql(statement, (*parameters, limit))
    return [approval_of(row).as_of(connection.opened_at) for row in rows]


def approval_of(row: Row[Any]) -> Approval:
    """An approval out of its row."""
    is_ended = row.ended_at is not None
    return Approval(
        id=ApprovalId(row.id),
        command=command_of(row.command),
        amount=None if row.amount_minor is None else Money(row.amount_minor, CURRENCIES[row.currency]),
        account_ids=tuple(AccountId(account_id) for account_id in row.account_ids),
        requested_by=row.requested_by,
        owner_id=row.owner_id,
        requested_at=row.requested_at,
        expires_at=row.expires_at,
        status=ApprovalStatus(row.status),
        ending=Ending(by=row.ended_by, at=row.ended_at, reason=row.reason) if is_ended else None,
        transaction_id=None if row.transaction_id is None else TransactionId(row.transaction_id),
    )
