"""Payments, their attempts and steps out of and into their rows."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row

from bankcore.payments.attempts import PaymentAttempt, PaymentAttemptId
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.payments import Payment, PaymentId, PaymentStatus
from bankcore.payments.ports import PaymentStep
from bankcore_infra.db.exchange import Parameter, Statement
from bankcore_infra.db.rows import ID, INSTANT, NUMBER, TEXT, RowStatement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.identifiers import ID_LAST
from bankcore_infra.payments.next_actions import encode_next_action
from bankcore_infra.payments.rows import attempt_of, payment_of
from bankcore_infra.payments.steps import step_of

# What is written is told: it goes to the server with the next question, or with the commit.
_ADD: Final = Statement("""
    WITH payment AS (
        INSERT INTO bankcore.payments (
            tenant_id, id, account_id, attempt_id, created_at, expires_at, due_at, amount_minor, currency, version,
            status, owner_id, description, reference, metadata, capture_method)
        VALUES ($1::uuid, $2::uuid, $12::uuid, $3::uuid, $13::timestamptz, $14::timestamptz, $15::timestamptz,
            $16::bigint, $17::text, $18::integer, $19::text, $20::text, $21::text, $22::text, $23::jsonb, $24::text))
    INSERT INTO bankcore.payment_attempts (
        tenant_id, payment_id, id, config_id, started_at, number, ended_at, status, provider_id, code, next_action)
    VALUES ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::timestamptz, $6::integer, $7::timestamptz, $8::text, $9::text,
        $10::text, $11::jsonb)
""")
_ADD_ATTEMPT: Final = Statement("""
    INSERT INTO bankcore.payment_attempts (
        tenant_id, payment_id, id, config_id, started_at, number, ended_at, status, provider_id, code, next_action)
    VALUES ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::timestamptz, $6::integer, $7::timestamptz, $8::text, $9::text,
        $10::text, $11::jsonb)
""")
_UPDATE: Final = Statement("""
    WITH attempt AS (
        UPDATE bankcore.payment_attempts
        SET ended_at = $4::timestamptz, status = $5::text, provider_id = $6::text, code = $7::text,
            next_action = $8::jsonb
        WHERE tenant_id = $1::uuid AND id = $3::uuid)
    UPDATE bankcore.payments
    SET attempt_id = $3::uuid, transaction_id = $9::uuid, ended_at = $10::timestamptz, asked_at = $11::timestamptz,
        due_at = $12::timestamptz, review_since = $13::timestamptz, fee_minor = $14::bigint, asks = $15::integer,
        version = $16::integer, status = $17::text, problem = $18::text, capture_minor = $19::bigint,
        capture_asked_at = $20::timestamptz
    WHERE tenant_id = $1::uuid AND id = $2::uuid
""")
_ADD_STEPS: Final = RowStatement(
    """
    INSERT INTO bankcore.payment_events (
        tenant_id, payment_id, number, at, action, attempt_id, before, after, attempt_before, attempt_after, reason,
        actor)
    SELECT $1::uuid, * FROM {rows} AS new
    """,
    [ID, NUMBER, INSTANT, TEXT, ID, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT],
)
_STEPS: Final = "SELECT * FROM bankcore.payment_events WHERE tenant_id = %s AND payment_id = %s ORDER BY number"
_FIND: Final = "SELECT * FROM bankcore.payments WHERE tenant_id = %s AND id = %s"
_ATTEMPTS: Final = "SELECT * FROM bankcore.payment_attempts WHERE tenant_id = %s AND id = ANY(%s::uuid[])"
_LIST: Final = """
    SELECT * FROM bankcore.payments WHERE tenant_id = %s AND id < %s {conditions} ORDER BY id DESC LIMIT %s
"""
# A provider opens an account anew for another order, once it has expired.
_AT_ACCOUNT: Final = """
    SELECT * FROM bankcore.payment_attempts
    WHERE tenant_id = %s AND config_id = %s AND provider_id = %s AND next_action ->> 'type' = 'transfer'
    ORDER BY id DESC LIMIT 1
"""
_LIST_REVIEW: Final = """
    SELECT * FROM bankcore.payments WHERE tenant_id = %s AND review_since IS NOT NULL
    ORDER BY review_since, id LIMIT %s
"""


def add_payment(connection: TenantConnection, payment: Payment) -> None:
    """Add the payment and its attempt."""
    times = (payment.created_at, payment.expires_at, payment.due_at)
    money = (payment.amount.minor, payment.amount.currency.code)
    told = (payment.version, payment.status, payment.owner_id, payment.description, payment.reference)
    metadata = json.dumps(dict(payment.metadata))
    stands = (payment.account_id, *times, *money, *told, metadata, payment.capture_method)
    connection.tell(_ADD, connection.tenant_id, payment.id, *_attempt_columns(payment.attempt), *stands)
    # Whoever adds it has its records to make, while the server is at it.
    connection.hurry()


def add_attempt(connection: TenantConnection, payment_id: PaymentId, attempt: PaymentAttempt) -> None:
    """Add another attempt of that payment."""
    connection.tell(_ADD_ATTEMPT, connection.tenant_id, payment_id, *_attempt_columns(attempt))


def update_payment(connection: TenantConnection, payment: Payment) -> None:
    """Write all that may change of the payment and of its latest attempt."""
    times = (payment.ended_at, payment.asked_at, payment.due_at, payment.review_since)
    fee = None if payment.fee is None else payment.fee.minor
    stands = (fee, payment.asks, payment.version, payment.status, payment.problem)
    asked = (None, None) if payment.capture is None else (payment.capture.amount.minor, payment.capture.asked_at)
    named = (connection.tenant_id, payment.id, payment.attempt.id)
    connection.tell(_UPDATE, *named, *_changing(payment.attempt), payment.transaction_id, *times, *stands, *asked)


def add_steps(connection: TenantConnection, payment_id: PaymentId, steps: Sequence[PaymentStep]) -> None:
    """Add the steps."""
    rows = [
        (
            payment_id,
            step.number,
            step.at,
            step.action.name,
            step.attempt_id,
            step.before,
            step.after,
            step.attempt_before,
            step.attempt_after,
            step.reason,
            step.actor,
        )
        for step in steps
    ]
    connection.tell_on(_ADD_STEPS, rows)


def list_steps(connection: TenantConnection, payment_id: PaymentId) -> list[PaymentStep]:
    """The steps in their order."""
    return [step_of(row) for row in connection.sql.exec_driver_sql(_STEPS, (connection.tenant_id, payment_id))]


def find_payment(connection: TenantConnection, payment_id: PaymentId) -> Payment | None:
    """The payment with that id."""
    rows = connection.sql.exec_driver_sql(_FIND, (connection.tenant_id, payment_id)).all()
    return next(iter(payments_of(connection, rows)), None)


def find_attempt(connection: TenantConnection, attempt_id: PaymentAttemptId) -> tuple[PaymentId, PaymentAttempt] | None:
    """The attempt and its payment."""
    row = connection.sql.exec_driver_sql(_ATTEMPTS, (connection.tenant_id, [attempt_id])).one_or_none()
    return None if row is None else (PaymentId(row.payment_id), attempt_of(row))


def find_attempt_at(
    connection: TenantConnection, config_id: ProviderConfigId, provider_id: str
) -> tuple[PaymentId, PaymentAttempt] | None:
    """The latest attempt whose payer was to send money to that account, and its payment."""
    row = connection.sql.exec_driver_sql(_AT_ACCOUNT, (connection.tenant_id, config_id, provider_id)).one_or_none()
    return None if row is None else (PaymentId(row.payment_id), attempt_of(row))


def list_payments(
    connection: TenantConnection,
    *,
    owner_id: str | None,
    status: PaymentStatus | None,
    before: PaymentId | None,
    limit: int,
) -> list[Payment]:
    """The payments, the latest first: ids of version 7 sort in the order in which they were made."""
    wanted = {"owner_id": owner_id, "status": status}
    given = {name: value for name, value in wanted.items() if value is not None}
    statement = _LIST.format(conditions=" ".join(f"AND {name} = %s" for name in given))
    parameters = (connection.tenant_id, before or ID_LAST, *given.values(), limit)
    return payments_of(connection, connection.sql.exec_driver_sql(statement, parameters).all())


def list_in_review(connection: TenantConnection, limit: int) -> list[Payment]:
    """The payments that wait for a person, for longest first."""
    return payments_of(connection, connection.sql.exec_driver_sql(_LIST_REVIEW, (connection.tenant_id, limit)).all())


def payments_of(connection: TenantConnection, rows: Sequence[Row[Any]]) -> list[Payment]:
    """Payments out of their rows, each with its latest attempt."""
    ids = [row.attempt_id for row in rows]
    found = connection.sql.exec_driver_sql(_ATTEMPTS, (connection.tenant_id, ids)) if ids else ()
    attempts = {row.id: attempt_of(row) for row in found}
    return [payment_of(row, attempts) for row in rows]


def _attempt_columns(attempt: PaymentAttempt) -> tuple[Parameter, ...]:
    ended_at, *stands = _changing(attempt)
    return (attempt.id, attempt.config_id, attempt.started_at, attempt.number, ended_at, *stands)


def _changing(attempt: PaymentAttempt) -> tuple[Parameter, ...]:
    action = encode_next_action(attempt.next_action)
    stored = None if action is None else json.dumps(action)
    return (attempt.ended_at, attempt.status, attempt.provider_id, attempt.code, stored)
