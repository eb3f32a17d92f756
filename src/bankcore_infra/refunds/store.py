"""Refunds out of and into their rows."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import Row

from bankcore.identifiers import AccountId, HoldId, TransactionId
from bankcore.money import CURRENCIES, Money
from bankcore.payments.payments import PaymentId
from bankcore.refunds.refunds import PaymentRefund, PaymentRefundId, RefundStage
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.identifiers import ID_LAST

_ADD: Final = """
    INSERT INTO bankcore.refunds (
        tenant_id, id, payment_id, account_id, clearing_id, hold_id, created_at, due_at, amount_minor, currency, status,
        owner_id, reason)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_UPDATE: Final = """
    UPDATE bankcore.refunds
    SET transaction_id = %s, ended_at = %s, asked_at = %s, due_at = %s, review_since = %s, status = %s,
        provider_id = %s, code = %s, problem = %s
    WHERE tenant_id = %s AND id = %s
"""
_FIND: Final = "SELECT * FROM bankcore.refunds WHERE tenant_id = %s AND id = %s"
_SUM: Final = """
    SELECT coalesce(sum(amount_minor), 0)::bigint FROM bankcore.refunds
    WHERE tenant_id = %s AND payment_id = %s AND status <> 'failed'
"""
_DISPUTED: Final = """
    SELECT coalesce(sum(withdrawn_minor - coalesce(reinstated_minor, 0)), 0)::bigint FROM bankcore.disputes
    WHERE tenant_id = %s AND payment_id = %s AND withdrawn_minor IS NOT NULL
"""
_OPEN: Final = """
    SELECT * FROM bankcore.refunds WHERE tenant_id = %s AND payment_id = %s AND ended_at IS NULL ORDER BY id
"""
_LIST: Final = """
    SELECT * FROM bankcore.refunds
    WHERE tenant_id = %s AND payment_id = %s AND id < %s
    ORDER BY id DESC LIMIT %s
"""
_IN_REVIEW: Final = """
    SELECT * FROM bankcore.refunds WHERE tenant_id = %s AND review_since IS NOT NULL ORDER BY review_since, id LIMIT %s
"""
_GIVEN: Final = """
    SELECT payment_id, currency, sum(amount_minor)::bigint AS minor FROM bankcore.refunds
    WHERE tenant_id = %s AND payment_id = ANY(%s::uuid[]) AND status = 'succeeded' GROUP BY payment_id, currency
"""


def add_refund(connection: TenantConnection, refund: PaymentRefund) -> None:
    """Add a refund that was just sent."""
    named = (refund.id, refund.payment_id, refund.account_id, refund.clearing_id, refund.hold_id)
    money = (refund.amount.minor, refund.amount.currency.code)
    told = (refund.created_at, refund.due_at, *money, refund.stage, refund.owner_id, refund.reason)
    connection.sql.exec_driver_sql(_ADD, (connection.tenant_id, *named, *told))


def update_refund(connection: TenantConnection, refund: PaymentRefund) -> None:
    """Write all of the refund that may change."""
    times = (refund.ended_at, refund.asked_at, refund.due_at, refund.review_since)
    stands = (refund.stage, refund.provider_id, refund.code, refund.problem)
    connection.sql.exec_driver_sql(_UPDATE, (refund.transaction_id, *times, *stands, connection.tenant_id, refund.id))


def find_refund(connection: TenantConnection, refund_id: PaymentRefundId) -> PaymentRefund | None:
    """The refund with that id."""
    row = connection.sql.exec_driver_sql(_FIND, (connection.tenant_id, refund_id)).one_or_none()
    return None if row is None else refund_of(row)


def sum_refunds(connection: TenantConnection, payment_id: PaymentId) -> int:
    """The sum of those of the payment that did not fail; a failed one never counts again."""
    minor: int = connection.sql.exec_driver_sql(_SUM, (connection.tenant_id, payment_id)).scalar_one()
    return minor


def sum_disputed(connection: TenantConnection, payment_id: PaymentId) -> int:
    """What disputes took of the payment and did not give back."""
    minor: int = connection.sql.exec_driver_sql(_DISPUTED, (connection.tenant_id, payment_id)).scalar_one()
    return minor


def list_open_refunds(connection: TenantConnection, payment_id: PaymentId) -> list[PaymentRefund]:
    """Those of the payment that are not over."""
    return [refund_of(row) for row in connection.sql.exec_driver_sql(_OPEN, (connection.tenant_id, payment_id))]


def list_refunds(
    connection: TenantConnection,
    payment_id: PaymentId,
    *,
    before: PaymentRefundId | None,
    limit: int,
) -> list[PaymentRefund]:
    """The refunds of the payment, the latest first: ids of version 7 sort in the order in which they were made."""
    parameters = (connection.tenant_id, payment_id, before or ID_LAST, limit)
    return [refund_of(row) for row in connection.sql.exec_driver_sql(_LIST, parameters)]


def list_in_review(connection: TenantConnection, limit: int) -> list[PaymentRefund]:
    """Those that a person has to look at, for longest first."""
    return [refund_of(row) for row in connection.sql.exec_driver_sql(_IN_REVIEW, (connection.tenant_id, limit))]


def list_refunded(connection: TenantConnection, payment_ids: Collection[PaymentId]) -> Mapping[PaymentId, Money]:
    """What was given back of each of them."""
    rows = connection.sql.exec_driver_sql(_GIVEN, (connection.tenant_id, list(payment_ids)))
    return {PaymentId(row.payment_id): Money(row.minor, CURRENCIES[row.currency]) for row in rows}


def refund_of(row: Row[Any]) -> PaymentRefund:
    """A refund out of its row."""
    return PaymentRefund(
        id=PaymentRefundId(row.id),
        payment_id=PaymentId(row.payment_id),
        account_id=AccountId(row.account_id),
        clearing_id=AccountId(row.clearing_id),
        hold_id=HoldId(row.hold_id),
        owner_id=row.owner_id,
        amount=Money(row.amount_minor, CURRENCIES[row.currency]),
        reason=row.reason,
        created_at=row.created_at,
        stage=RefundStage(row.status),
        provider_id=row.provider_id,
        code=row.code,
        transaction_id=None if row.transaction_id is None else TransactionId(row.transaction_id),
        ended_at=row.ended_at,
        asked_at=row.asked_at,
        due_at=row.due_at,
        review_since=row.review_since,
        problem=row.problem,
    )
