"""AskProviders: asks a provider what became of an order of which we do not know, and settles what it says.

A person takes over when it was asked often enough; that a payment failed is never guessed.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

from bankcore.payments import actions
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.changing import lock_again
from bankcore.payments.circuit import CallResult
from bankcore.payments.circuits import Circuits
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.findings import ChargeFinding, finding_of_state
from bankcore.payments.moving import SYSTEM, move
from bankcore.payments.payments import Payment, PaymentStatus
from bankcore.payments.ports import PaymentUnit, PaymentUnits, Providers
from bankcore.payments.release import ReleasePayments
from bankcore.payments.settle import expected_commands, settle
from bankcore.providers.orders import ChargeLookup
from bankcore.providers.ports import PaymentProvider
from bankcore.providers.states import ChargeState

NOT_SETTLED: Final = "not_settled"
"""The provider was asked as often as it is asked, and did not say."""
ASKED_LATELY: Final = timedelta(minutes=5)
"""Who reads a payment has its provider asked, unless it was within this time."""


class AskedPayment(NamedTuple):
    """A payment whose provider was asked, as it stands after that."""

    payment: Payment
    is_settled: bool


@dataclass(frozen=True, slots=True)
class AskProviders:
    """Asks for one tenant; any number of workers may do so at once, each about a payment of its own."""

    units: PaymentUnits
    providers: Providers
    circuits: Circuits
    release: ReleasePayments

    def ask_next(self) -> AskedPayment | None:
        """Ask about the payment that is due for longest; None if none is due.

        Raises:
            UnavailableError, OutcomeUnknownError: it is asked again when it is due again.
        """
        payment = self.take_next()
        return None if payment is None else self.ask_about(payment)

    def take_next(self, *, passing_over: Collection[ProviderConfigId] = ()) -> Payment | None:
        """Take the payment that is due for longest, of those that are at none of these configurations; None if none is.

        When it is due again is committed before the provider is asked: nothing is locked while we wait for it, and
        whoever dies meanwhile keeps nobody from asking later.

        Raises:
            UnavailableError, OutcomeUnknownError: it is asked now or when it is due again.
        """
        return self.units.run(lambda unit: _take_due(unit, passing_over), resubmittable=True)

    def ask_about(self, payment: Payment) -> AskedPayment:
        """Ask the provider about a payment that was taken, and settle what it says.

        Raises:
            UnavailableError, OutcomeUnknownError: it is asked again when it is due again.
        """
        usable = self.providers.get_provider(payment.attempt.config_id)
        if usable.provider.facts.is_told_alone:
            # Nothing is asked: until it tells of money, none came.
            return self._settle(payment, ChargeFinding(), is_answer=True)
        lookup = payment.lookup
        state = usable.provider.get_payment_status(lookup)
        finding = finding_of_state(payment, usable.mode, state)
        is_answer = isinstance(state, ChargeState)
        self.circuits.heard(usable.config.id, _said_of_provider(usable.provider, lookup, is_answer=is_answer))
        return self._settle(payment, finding, is_answer=is_answer)

    def _settle(self, payment: Payment, finding: ChargeFinding, *, is_answer: bool) -> AskedPayment:
        settled = self.units.run(lambda unit: _settle(unit, payment, finding, is_answer=is_answer), resubmittable=True)
        settled = self.release(settled)
        return AskedPayment(settled, settled.attempt.status.is_over)


def _said_of_provider(provider: PaymentProvider, lookup: ChargeLookup, *, is_answer: bool) -> CallResult:
    """What the question says of the provider; nothing, if it cannot be asked that."""
    if is_answer:
        return CallResult.ANSWERED
    is_asked = lookup.provider_id is not None or provider.facts.has_lookup_by_reference
    return CallResult.FAILED if is_asked else CallResult.SAID_NOTHING


def _take_due(unit: PaymentUnit, passing_over: Collection[ProviderConfigId]) -> Payment | None:
    payment = unit.lock_due_payment(passing_over=passing_over)
    if payment is None:
        return None
    asked = payment.asked_again(unit.opened_at)
    if asked.review_since is not None and payment.review_since is None:
        return move(unit, payment, asked.doubted(NOT_SETTLED, unit.opened_at), actions.PAYMENT_DOUBTED, SYSTEM)
    unit.update_payment(asked)
    return asked


def _settle(unit: PaymentUnit, asked: Payment, finding: ChargeFinding, *, is_answer: bool) -> Payment:
    payment = lock_again(unit, asked, then=expected_commands([(asked, finding)]))
    # Another attempt may have begun while we asked about this one.
    if payment.attempt.id != asked.attempt.id:
        return asked
    settled = settle(unit, payment, finding)
    is_too_late = is_answer and settled.expires_at <= unit.opened_at
    if is_too_late and settled.attempt.status is AttemptStatus.REQUIRES_ACTION:
        return _expire(unit, settled)
    return settled


def _expire(unit: PaymentUnit, payment: Payment) -> Payment:
    """End a payment whose payer did nothing in time; the provider goes on being asked, for the payer may yet pay."""
    if not payment.can_become(PaymentStatus.EXPIRED):
        return payment
    expired = payment.moved(PaymentStatus.EXPIRED, unit.opened_at)
    return move(unit, payment, expired, actions.PAYMENT_EXPIRED, SYSTEM)
