"""Locks one payment, before any account: that which somebody steers, or that whose provider is to be asked; and one
configuration while it is changed.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row

from bankcore.identifiers import TenantId
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Rows, Sent, Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.payments.rows import AttemptRow, PaymentRow

# Attempts are read by a statement of their own: one that has waited for a lock would read the attempt of before.
_LOCK: Final = Statement(f"""
    SELECT {", ".join(PaymentRow._fields)} FROM bankcore.payments
    WHERE tenant_id = $1::uuid AND id = ANY($2::uuid[])
    ORDER BY id
    FOR NO KEY UPDATE
""")  # noqa: S608 - made of constants
# One look-up for each payment, whatever the planner thinks of the tables: LIMIT keeps it from turning this into a join.
_READ_ATTEMPTS: Final = Statement(f"""
    SELECT latest.*
    FROM bankcore.payments AS payment
    CROSS JOIN LATERAL (
        SELECT {", ".join(AttemptRow._fields)} FROM bankcore.payment_attempts AS attempt
        WHERE attempt.tenant_id = $1::uuid AND attempt.id = payment.attempt_id
        LIMIT 1
    ) AS latest
    WHERE payment.tenant_id = $1::uuid AND payment.id = ANY($2::uuid[])
""")  # noqa: S608 - made of constants
# Of two workers that ask at once, each gets another payment, and neither waits.
_LOCK_DUE: Final = """
    SELECT * FROM bankcore.payments
    WHERE tenant_id = %s AND due_at <= now() {}
    ORDER BY due_at, id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
"""
_LOCK_ANY_DUE: Final = _LOCK_DUE.format("")
_LOCK_OTHER_DUE: Final = _LOCK_DUE.format("""
    AND NOT EXISTS (
        SELECT FROM bankcore.payment_attempts AS attempt
        WHERE attempt.tenant_id = payments.tenant_id AND attempt.id = payments.attempt_id
          AND attempt.config_id = ANY(%s::uuid[]))
""")
_HURRY: Final = """
    UPDATE bankcore.payments AS stored SET due_at = now()
    FROM (
        SELECT tenant_id, id FROM bankcore.payments
        WHERE tenant_id = %s AND id = %s AND (due_at > now() OR review_since IS NOT NULL)
          AND greatest(asked_at, created_at) < now() - %s::interval
        FOR NO KEY UPDATE SKIP LOCKED) AS free
    WHERE stored.tenant_id = free.tenant_id AND stored.id = free.id
"""
# Materialized, or a plan may look for the one that is due again for each notice that there is, and take several.
_TAKE_NOTICE: Final = """
    WITH due AS MATERIALIZED (
        SELECT tenant_id, config_id, digest FROM bankcore.provider_notices
        WHERE tenant_id = %s AND subject = %s AND due_at <= now()
        ORDER BY due_at LIMIT 1
        FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE bankcore.provider_notices AS taken
    SET tries = taken.tries + 1,
        due_at = CASE WHEN taken.tries + 1 < %s THEN now() + %s::interval * (1 << least(taken.tries, 10)) END
    FROM due
    WHERE taken.tenant_id = due.tenant_id AND taken.config_id = due.config_id AND taken.digest = due.digest
    RETURNING taken.config_id, taken.digest, taken.name, taken.body, taken.subject, taken.tries, taken.received_at
"""
_LOCK_CONFIG: Final = "SELECT * FROM bankcore.provider_configs WHERE tenant_id = %s AND id = %s FOR NO KEY UPDATE"


class LockedRows(NamedTuple):
    """Payments that are locked, and the latest attempt of each."""

    payments: Sequence[PaymentRow]
    attempts: Sequence[AttemptRow]


def lock_payments(
    connection: TenantConnection, payment_ids: Sequence[UUID], *questions: Sent
) -> tuple[LockedRows, list[Rows]]:
    """Lock the rows of the payments and read them, and ask the questions after that, all in one round trip."""
    named = (connection.tenant_id, arrays.uuids(payment_ids))
    payments, attempts, *answers = connection.ask_together(Sent(_LOCK, named), Sent(_READ_ATTEMPTS, named), *questions)
    found = LockedRows([PaymentRow._make(row) for row in payments], [AttemptRow._make(row) for row in attempts])
    return found, answers


def lock_due_payment(connection: Connection, tenant_id: TenantId, passing_over: Collection[UUID]) -> Row[Any] | None:
    """Lock and read the row of the payment that is due for longest, of those that nobody else has locked and that are
    at none of these configurations.
    """
    if not passing_over:
        return connection.exec_driver_sql(_LOCK_ANY_DUE, (tenant_id,)).one_or_none()
    return connection.exec_driver_sql(_LOCK_OTHER_DUE, (tenant_id, list(passing_over))).one_or_none()


def hurry_payment(connection: Connection, tenant_id: TenantId, payment_id: UUID, lately: timedelta) -> None:
    """Make an open payment due, unless its provider was asked lately or somebody is at it."""
    connection.exec_driver_sql(_HURRY, (tenant_id, payment_id, lately))


def take_due_notice(
    connection: Connection, tenant_id: TenantId, subject: str, tries_max: int, pause: timedelta
) -> Row[Any] | None:
    """Count a try of the notice about that which is due for longest, of those that nobody else has locked."""
    return connection.exec_driver_sql(_TAKE_NOTICE, (tenant_id, subject, tries_max, pause)).one_or_none()


def lock_provider_config(connection: Connection, tenant_id: TenantId, config_id: UUID) -> Row[Any] | None:
    """Lock the row of the configuration and read it."""
    return connection.exec_driver_sql(_LOCK_CONFIG, (tenant_id, config_id)).one_or_none()
