"""Settlement files beside payments in memory."""

from collections.abc import Sequence
from uuid import UUID

from bankcore.payments.attempts import AttemptStatus, PaymentAttempt
from bankcore.payments.payments import PaymentId
from bankcore.settlements.compare import BookedPayments
from bankcore.settlements.lines import BookedPayment, Period
from bankcore.testing.payment_store import InMemoryPaymentStore


class InMemoryBookedPayments(BookedPayments):
    """The payments of one tenant."""

    def __init__(self, stored: InMemoryPaymentStore) -> None:
        self._stored = stored

    def find_booked(
        self, config_id: UUID, *, references: Sequence[UUID], provider_ids: Sequence[str]
    ) -> Sequence[BookedPayment]:
        return [
            self._booked(payment_id, attempt)
            for payment_id, attempt in self._stored.attempts.values()
            if attempt.config_id == config_id and (attempt.id in references or attempt.provider_id in provider_ids)
        ]

    def list_booked(self, config_id: UUID, period: Period) -> Sequence[BookedPayment]:
        found = [
            (attempt.ended_at, self._booked(payment_id, attempt))
            for payment_id, attempt in self._stored.attempts.values()
            if attempt.config_id == config_id
            and attempt.ended_at is not None
            and period.from_instant <= attempt.ended_at < period.to_instant
        ]
        return [each for _, each in sorted(found, key=lambda one: one[0]) if each.is_booked]

    def _booked(self, payment_id: PaymentId, attempt: PaymentAttempt) -> BookedPayment:
        payment = self._stored.payments[payment_id]
        is_latest = payment.attempt.id == attempt.id
        return BookedPayment(
            payment_id=payment_id,
            attempt_id=attempt.id,
            provider_id=attempt.provider_id,
            amount=payment.to_take,
            fee=payment.fee,
            is_booked=is_latest and attempt.status is AttemptStatus.SUCCEEDED and payment.transaction_id is not None,
        )
