"""Payments, their attempts and steps out of and into their rows."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row

from bankcore.payments.attempts import PaymentAttempt, PaymentAttemptId
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.payments import Payment, PaymentId, PaymentStatus
from bankcore.payments.ports import PaymentStep
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.identifiers import ID_LAST
from bankcore_infra.payments.next_actions import encode_next_action
from bankcore_infra.payments.rows import attempt_of, payment_of
from bankcore_infra.payments.steps import step_of

# What is written is told: it goes to the server with the next question, or with the commit.
_ADD: Final = Statement("""
    INSERT INTO bankcore.payments (
        tenant_id, id, account_id, attempt_id, created_at, expires_at, due_at, amount_minor, currency, version, status,
        owner_id, description, reference, metadata, capture_method)
    VALUES ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::timestamptz, $6::timestamptz, $7::timestamptz, $8::bigint,
        $9::text, $10::integer, $11::text, $12::text, $13::text, $14::text, $15::jsonb, $16::text)
""")
_UPDATE: Final = Statement("""
    UPDATE bankcore.payments
    SET attempt_id = $3::uuid, transaction_id = $4::uuid, ended_at = $5::timestamptz, asked_at = $6::timestamptz,
        due_at = $7::timestamptz, review_since = $8::timestamptz, fee_minor = $9::bigint, asks = $10::integer,
        version = $11::integer, status = $12::text, problem = $13::text, capture_minor = $14::bigint,
        capture_asked_at = $15::timestamptz
    WHERE tenant_id = $1::uuid AND id = $2::uuid
""")
_WRITE_ATTEMPT: Final = Statement("""
    INSERT INTO bankcore.payment_attempts (
        tenant_id, id, payment_id, config_id, started_at, number, ended_at, status, provider_id, code, next_action)
    VALUES ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::timestamptz, $6::integer, $7::timestamptz, $8::text, $9::text,
        $10::text, $11::jsonb)
    ON CONFLICT ON CONSTRAINT payment_attempts_pkey DO UPDATE
    SET ended_at = excluded.ended_at, status = excluded.status, provider_id = excluded.provider_id,
        code = excluded.code, next_action = excluded.next_action
""")
_ADD_STEP: Final = Statement("""
    INSERT INTO bankcore.payment_events (
        tenant_id, payment_id, number, at, action, attempt_id, before, after, attempt_before, attempt_after, reason,
        actor)
    VALUES ($1::uuid, $2::uuid, $3::integer, $4::timestamptz, $5::text, $6::uuid, $7::text, $8::text, $9::text,
        $10::text, $11::text, $12::text)
""")
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
    named = (payment.id, payment.account_id, payment.attempt.id)
    times = (payment.created_at, payment.expires_at, payment.due_at)
    money = (payment.amount.minor, payment.amount.currency.code)
    told = (payment.version, payment.status, payment.owner_id, payment.description, payment.reference)
    metadata = json.dumps(dict(payment.metadata))
    connection.tell(_ADD, connection.tenant_id, *named, *times, *money, *told, metadata, payment.capture_method)
    _write_attempt(connection, payment)


def update_payment(connection: TenantConnection, payment: Payment) -> None:
    """Write all of the payment that may change, and its latest attempt."""
    times = (payment.ended_at, payment.asked_at, payment.due_at, payment.review_since)
    fee = None if payment.fee is None else payment.fee.minor
    stands = (fee, payment.asks, payment.version, payment.status, payment.problem)
    asked = (None, None) if payment.capture is None else (payment.capture.amount.minor, payment.capture.asked_at)
    _write_attempt(connection, payment)
    named = (payment.id, payment.attempt.id, payment.transaction_id)
    connection.tell(_UPDATE, connection.tenant_id, *named, *times, *stands, *asked)


def add_step(connection: TenantConnection, payment_id: PaymentId, step: PaymentStep) -> None:
    """Add a step."""
    named = (payment_id, step.number, step.at, step.action.name, step.attempt_id)
    states = (step.before, step.after, step.attempt_before, step.attempt_after)
    connection.tell(_ADD_STEP, connection.tenant_id, *named, *states, step.reason, step.actor)


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


def _write_attempt(connection: TenantConnection, payment: Payment) -> None:
    attempt = payment.attempt
    action = encode_next_action(attempt.next_action)
    named = (attempt.id, payment.id, attempt.config_id, attempt.started_at, attempt.number)
    stands = (attempt.ended_at, attempt.status, attempt.provider_id, attempt.code)
    stored = None if action is None else json.dumps(action)
    connection.tell(_WRITE_ATTEMPT, connection.tenant_id, *named, *stands, stored)
