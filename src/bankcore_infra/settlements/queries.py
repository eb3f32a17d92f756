"""Payments as settlement files are compared with them."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from typing_extensions import override

from bankcore.money import CURRENCIES, Money
from bankcore.settlements.compare import BookedPayments
from bankcore.settlements.lines import BookedPayment, Period
from bankcore_infra.db.transactions import Transactions

_SELECT: Final = """
    SELECT payment.id AS payment_id, attempt.id, attempt.provider_id, payment.fee_minor, payment.currency,
        coalesce(payment.capture_minor, payment.amount_minor) AS amount_minor,
        attempt.status = 'succeeded' AND payment.attempt_id = attempt.id
            AND payment.transaction_id IS NOT NULL AS is_booked
    FROM bankcore.payment_attempts AS attempt
    JOIN bankcore.payments AS payment ON payment.tenant_id = attempt.tenant_id AND payment.id = attempt.payment_id
    WHERE attempt.tenant_id = %s AND attempt.config_id = %s AND
"""
_BY_REFERENCE: Final = f"{_SELECT} attempt.id = ANY(%s::uuid[])"
_BY_PROVIDER_ID: Final = f"{_SELECT} attempt.provider_id = ANY(%s::text[])"
_IN_PERIOD: Final = f"""
    {_SELECT} attempt.status = 'succeeded' AND payment.attempt_id = attempt.id AND payment.transaction_id IS NOT NULL
        AND attempt.ended_at >= %s AND attempt.ended_at < %s
    ORDER BY attempt.ended_at, attempt.id
"""


class SqlBookedPayments(BookedPayments):
    """The payments of one tenant."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def find_booked(
        self, config_id: UUID, *, references: Sequence[UUID], provider_ids: Sequence[str]
    ) -> Sequence[BookedPayment]:
        found = list[BookedPayment]()
        if references:
            found += self._read(_BY_REFERENCE, config_id, list(references))
        if provider_ids:
            found += self._read(_BY_PROVIDER_ID, config_id, list(provider_ids))
        return found

    @override
    def list_booked(self, config_id: UUID, period: Period) -> Sequence[BookedPayment]:
        return self._read(_IN_PERIOD, config_id, *period)

    def _read(self, statement: str, *parameters: object) -> list[BookedPayment]:
        return self._transactions.rehearse(
            lambda connection: [
                _booked_of(row)
                for row in connection.sql.exec_driver_sql(statement, (connection.tenant_id, *parameters))
            ]
        )


def _booked_of(row: Row[Any]) -> BookedPayment:
    currency = CURRENCIES[row.currency]
    return BookedPayment(
        payment_id=row.payment_id,
        attempt_id=row.id,
        provider_id=row.provider_id,
        amount=Money(row.amount_minor, currency),
        fee=None if row.fee_minor is None else Money(row.fee_minor, currency),
        is_booked=row.is_booked,
    )
