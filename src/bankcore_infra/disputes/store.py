"""Disputes out of and into their rows."""

from typing import Any, Final

from sqlalchemy import Row

from bankcore.disputes.disputes import DisputeMovement, DisputeStatus, PaymentDispute, PaymentDisputeId
from bankcore.identifiers import AccountId, TransactionId
from bankcore.money import CURRENCIES, Currency, Money
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.payments import PaymentId
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.identifiers import ID_LAST

_ADD: Final = """
    INSERT INTO bankcore.disputes (
        tenant_id, id, payment_id, config_id, account_id, created_at, due_at, respond_by, amount_minor, currency,
        status, owner_id, provider_id, reason)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_UPDATE: Final = """
    UPDATE bankcore.disputes
    SET ended_at = %s, asked_at = %s, due_at = %s, review_since = %s, respond_by = %s, status = %s, reason = %s,
        problem = %s, withdrawn_minor = %s, withdrawn_fee_minor = %s, withdrawn_from = %s, withdrawal_id = %s,
        reinstated_minor = %s, reinstated_fee_minor = %s, reinstated_to = %s, reinstatement_id = %s, collection_id = %s
    WHERE tenant_id = %s AND id = %s
"""
_FIND: Final = "SELECT * FROM bankcore.disputes WHERE tenant_id = %s AND id = %s"
_LIST: Final = """
    SELECT * FROM bankcore.disputes
    WHERE tenant_id = %s AND id < %s AND (%s::text IS NULL OR owner_id = %s) AND (%s::text IS NULL OR status = %s)
    ORDER BY id DESC LIMIT %s
"""
_IN_REVIEW: Final = """
    SELECT * FROM bankcore.disputes WHERE tenant_id = %s AND review_since IS NOT NULL ORDER BY review_since, id LIMIT %s
"""


def add_dispute(connection: TenantConnection, dispute: PaymentDispute) -> None:
    """Add a dispute of which nothing moved yet."""
    named = (dispute.id, dispute.payment_id, dispute.config_id, dispute.account_id)
    times = (dispute.created_at, dispute.due_at, dispute.respond_by)
    told = (dispute.amount.minor, dispute.amount.currency.code, dispute.status, dispute.owner_id)
    parameters = (connection.tenant_id, *named, *times, *told, dispute.provider_id, dispute.reason)
    connection.sql.exec_driver_sql(_ADD, parameters)


def update_dispute(connection: TenantConnection, dispute: PaymentDispute) -> None:
    """Write all of the dispute that may change."""
    times = (dispute.ended_at, dispute.asked_at, dispute.due_at, dispute.review_since, dispute.respond_by)
    stands = (dispute.status, dispute.reason, dispute.problem)
    moved = (*_columns(dispute.withdrawn), *_columns(dispute.reinstated), dispute.collection_id)
    connection.sql.exec_driver_sql(_UPDATE, (*times, *stands, *moved, connection.tenant_id, dispute.id))


def find_dispute(connection: TenantConnection, dispute_id: PaymentDisputeId) -> PaymentDispute | None:
    """The dispute with that id."""
    row = connection.sql.exec_driver_sql(_FIND, (connection.tenant_id, dispute_id)).one_or_none()
    return None if row is None else dispute_of(row)


def list_disputes(
    connection: TenantConnection,
    *,
    owner_id: str | None,
    status: DisputeStatus | None,
    before: PaymentDisputeId | None,
    limit: int,
) -> list[PaymentDispute]:
    """Disputes, the latest first: ids of version 7 sort in the order in which they were made."""
    parameters = (connection.tenant_id, before or ID_LAST, owner_id, owner_id, status, status, limit)
    return [dispute_of(row) for row in connection.sql.exec_driver_sql(_LIST, parameters)]


def list_in_review(connection: TenantConnection, limit: int) -> list[PaymentDispute]:
    """Those that a person has to look at, for longest first."""
    return [dispute_of(row) for row in connection.sql.exec_driver_sql(_IN_REVIEW, (connection.tenant_id, limit))]


def dispute_of(row: Row[Any]) -> PaymentDispute:
    """A dispute out of its row."""
    currency = CURRENCIES[row.currency]
    taken = (row.withdrawn_minor, row.withdrawn_fee_minor, row.withdrawn_from, row.withdrawal_id)
    back = (row.reinstated_minor, row.reinstated_fee_minor, row.reinstated_to, row.reinstatement_id)
    return PaymentDispute(
        id=PaymentDisputeId(row.id),
        payment_id=PaymentId(row.payment_id),
        config_id=ProviderConfigId(row.config_id),
        provider_id=row.provider_id,
        account_id=AccountId(row.account_id),
        owner_id=row.owner_id,
        amount=Money(row.amount_minor, currency),
        created_at=row.created_at,
        status=DisputeStatus(row.status),
        reason=row.reason,
        respond_by=row.respond_by,
        withdrawn=_movement_of(taken, currency),
        reinstated=_movement_of(back, currency),
        collection_id=None if row.collection_id is None else TransactionId(row.collection_id),
        ended_at=row.ended_at,
        asked_at=row.asked_at,
        due_at=row.due_at,
        review_since=row.review_since,
        problem=row.problem,
    )


def _columns(movement: DisputeMovement | None) -> tuple[object, ...]:
    if movement is None:
        return (None,) * 4
    return (movement.amount.minor, movement.fee.minor, movement.account_id, movement.transaction_id)


def _movement_of(columns: tuple[Any, ...], currency: Currency) -> DisputeMovement | None:
    minor, fee_minor, account_id, transaction_id = columns
    if minor is None:
        return None
    amount, fee = Money(minor, currency), Money(fee_minor, currency)
    return DisputeMovement(amount, fee, AccountId(account_id), TransactionId(transaction_id))
