"""AskRefunds: asks a provider what became of a refund, and settles what it says.

A person takes over when it was asked often enough; that a refund failed is never guessed.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from bankcore.payments.ask import NOT_SETTLED
from bankcore.payments.circuit import CallResult
from bankcore.payments.circuits import Circuits
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.payments import Payment
from bankcore.payments.ports import Providers
from bankcore.providers.orders import RefundLookup
from bankcore.providers.states import RefundState
from bankcore.refunds.create import lock
from bankcore.refunds.findings import finding_of_refund_state
from bankcore.refunds.moving import doubt_refund, there
from bankcore.refunds.ports import RefundUnit, RefundUnits
from bankcore.refunds.refunds import PaymentRefund, PaymentRefundId
from bankcore.refunds.settle import settle_refund

CANNOT_BE_ASKED: Final = "cannot_be_asked"
"""The provider tells nothing of refunds: a person looks where one logs in there."""


class DueRefund(NamedTuple):
    """A refund that was taken to be asked for, and its payment."""

    refund: PaymentRefund
    payment: Payment


@dataclass(frozen=True, slots=True)
class AskRefunds:
    """Asks for one tenant; any number of workers may do so at once, each about a refund of its own."""

    units: RefundUnits
    providers: Providers
    circuits: Circuits

    def ask_next(self) -> PaymentRefund | None:
        """Ask about the refund that is due for longest; None if none is due. Returns it as it stands after that.

        Raises:
            UnavailableError, OutcomeUnknownError: it is asked again when it is due again.
        """
        due = self.take_next()
        return None if due is None else self.ask_about(due)

    def take_next(self, *, passing_over: Collection[ProviderConfigId] = ()) -> DueRefund | None:
        """Take the refund that is due for longest, of those at none of these configurations; None if none is.

        When it is due again is committed before the provider is asked: nothing is locked while we wait for it, and
        whoever dies meanwhile keeps nobody from asking later.

        Raises:
            UnavailableError, OutcomeUnknownError: it is asked now or when it is due again.
        """
        return self.units.run(lambda unit: _take_due(unit, passing_over), resubmittable=True)

    def ask_about(self, due: DueRefund) -> PaymentRefund:
        """Ask the provider about a refund that was taken, and settle what it says.

        Raises:
            UnavailableError, OutcomeUnknownError: it is asked again when it is due again.
        """
        refund, attempt = due.refund, due.payment.attempt
        usable = self.providers.get_provider(attempt.config_id)
        if not usable.provider.facts.has_refund_status:
            return self.units.run(lambda unit: _hand_over(unit, refund.id), resubmittable=True)
        charge = due.payment.lookup
        lookup = RefundLookup(reference=refund.reference, charge=charge, provider_id=refund.provider_id)
        state = usable.provider.get_refund_status(lookup)
        finding = finding_of_refund_state(refund, charge_reference=charge.reference, mode=usable.mode, state=state)
        self.circuits.heard(usable.config.id, _said_of_provider(lookup, is_answer=isinstance(state, RefundState)))
        return self.units.run(lambda unit: settle_refund(unit, lock(unit, refund.id), finding), resubmittable=True)


def _said_of_provider(lookup: RefundLookup, *, is_answer: bool) -> CallResult:
    """What the question says of the provider; without its id of the refund some cannot be asked."""
    if is_answer:
        return CallResult.ANSWERED
    return CallResult.SAID_NOTHING if lookup.provider_id is None else CallResult.FAILED


def _take_due(unit: RefundUnit, passing_over: Collection[ProviderConfigId]) -> DueRefund | None:
    refund = unit.lock_due_refund(passing_over=passing_over)
    if refund is None:
        return None
    payment = there(unit.find_payment(refund.payment_id), f"payment {refund.payment_id} of a refund")
    asked = refund.asked_again(unit.opened_at)
    if asked.review_since is not None and refund.review_since is None:
        return DueRefund(doubt_refund(unit, asked, NOT_SETTLED), payment)
    unit.update_refund(asked)
    return DueRefund(asked, payment)


def _hand_over(unit: RefundUnit, refund_id: PaymentRefundId) -> PaymentRefund:
    """Have a person look at it, and ask no more."""
    refund = lock(unit, refund_id)
    return refund if refund.stage.is_over else doubt_refund(unit, replace(refund, due_at=None), CANNOT_BE_ASKED)
