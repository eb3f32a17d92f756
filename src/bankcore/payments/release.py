"""ReleasePayments: has a provider give free what was authorized for a payment that nobody wants any more."""

from dataclasses import dataclass

from bankcore.errors import OutcomeUnknownError, UnavailableError
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.changing import lock_again
from bankcore.payments.findings import finding_of_answer
from bankcore.payments.payments import Payment
from bankcore.payments.ports import PaymentUnit, PaymentUnits, Providers
from bankcore.payments.settle import settle
from bankcore.providers.answers import Declined


@dataclass(frozen=True, slots=True)
class ReleasePayments:
    """Releases what was authorized for payments of one tenant. Each time its provider is asked it is tried again."""

    units: PaymentUnits
    providers: Providers

    def __call__(self, payment: Payment) -> Payment:
        """Release it, if the payment has ended and something is authorized. Returns how it stands now."""
        if not payment.status.is_over or payment.attempt.status is not AttemptStatus.AUTHORIZED:
            return payment
        answer = self.providers.get_provider(payment.attempt.config_id).provider.void_payment(payment.lookup)
        if not isinstance(answer, Declined):
            return payment

        def work(unit: PaymentUnit) -> Payment:
            return settle(unit, lock_again(unit, payment), finding_of_answer(answer))

        try:
            return self.units.run(work, resubmittable=True)
        except (UnavailableError, OutcomeUnknownError):
            # Its provider is asked, and says it again.
            return payment
