"""HeedNotices: moves payments forward by what providers told us, as far as it is proved and fits what we ordered."""

from dataclasses import dataclass, replace

from bankcore.errors import LedgerInvariantError
from bankcore.identifiers import uuid_in
from bankcore.payments.attempts import AttemptStatus, PaymentAttempt, PaymentAttemptId
from bankcore.payments.findings import finding_of_state
from bankcore.payments.notices import NoticeSubject, ProviderNotice
from bankcore.payments.payments import PaymentId
from bankcore.payments.ports import PaymentUnit, PaymentUnits, Providers, UsableProvider
from bankcore.payments.settle import CONTRADICTED, PAID_AGAIN, doubt, settle
from bankcore.providers.facts import WebhookProof
from bankcore.providers.orders import ChargeLookup
from bankcore.providers.ports import PaymentProvider
from bankcore.providers.states import ChargeState, ChargeStatus


@dataclass(frozen=True, slots=True)
class HeedNotices:
    """Works on the notices about charges of one tenant; any number of workers may, each on a notice of its own."""

    units: PaymentUnits
    providers: Providers

    def heed_next(self) -> ProviderNotice | None:
        """Work on the notice that is due for longest; None if none is due.

        When it is due again is committed first, so whoever dies meanwhile leaves it to the next one.

        Raises:
            UnavailableError, OutcomeUnknownError: it is tried again.
        """
        notice = self.units.run(lambda unit: unit.take_due_notice(NoticeSubject.CHARGE), resubmittable=True)
        if notice is None:
            return None
        usable = self.providers.get_provider(notice.config_id)
        event = usable.provider.parse_webhook_event(notice.body)
        state = event.state if event is not None and isinstance(event.state, ChargeState) else None
        if state is not None and usable.provider.facts.is_told_alone:
            state = _verified(usable.provider, state)
            if state is None:
                # It is due again after its pause: the provider has not said yet that it is so.
                return notice
        self.units.run(lambda unit: _heed(unit, notice, usable, state), resubmittable=True)
        return notice


def _verified(provider: PaymentProvider, told: ChargeState) -> ChargeState | None:
    """The movement of money that was told, as the provider itself says; None if it does not say that there is one."""
    if told.provider_id is None or told.transaction_id is None or told.amount is None:
        return None
    lookup = ChargeLookup(
        reference=told.provider_id,
        amount=told.amount,
        provider_id=told.provider_id,
        transaction_id=told.transaction_id,
    )
    state = provider.get_payment_status(lookup)
    return state if isinstance(state, ChargeState) and state.status is ChargeStatus.SUCCEEDED else None


def _heed(unit: PaymentUnit, notice: ProviderNotice, usable: UsableProvider, state: ChargeState | None) -> None:
    """End the notice, and move what it is about, unless another worker has done that meanwhile."""
    if unit.end_notice(notice) and state is not None:
        found = _find(unit, notice, usable, state)
        # What one provider says is about its own attempts alone.
        if found is not None and found[1].config_id == notice.config_id:
            _move(unit, found, usable, state)


def _find(
    unit: PaymentUnit, notice: ProviderNotice, usable: UsableProvider, state: ChargeState
) -> tuple[PaymentId, PaymentAttempt] | None:
    if usable.provider.facts.is_told_alone:
        return unit.find_attempt_at(notice.config_id, state.provider_id or "")
    attempt_id = uuid_in(state.reference)
    return None if attempt_id is None else unit.find_attempt(PaymentAttemptId(attempt_id))


def _move(
    unit: PaymentUnit, found: tuple[PaymentId, PaymentAttempt], usable: UsableProvider, state: ChargeState
) -> None:
    payment = unit.lock_payment(found[0])
    if payment is None:
        raise LedgerInvariantError(f"attempt {found[1].id} is of a payment that is not there")
    finding = finding_of_state(payment, usable.mode, state)
    facts = usable.provider.facts
    proves = facts.webhook_proof is WebhookProof.BODY or facts.is_told_alone
    if payment.attempt.id != found[1].id:
        # Another provider was asked because this one had certainly done nothing.
        if state.status is ChargeStatus.SUCCEEDED:
            doubt(unit, payment, CONTRADICTED)
    elif facts.is_told_alone and payment.attempt.status is AttemptStatus.SUCCEEDED:
        # Each notice is of another movement: this money is with the provider, and nobody ordered it.
        doubt(unit, payment, PAID_AGAIN)
    elif proves and (finding.mismatch is not None or finding.status is not None):
        settle(unit, payment, finding)
    elif payment.is_open_at_provider:
        # Somebody says that there is news; the provider itself is asked what it is.
        unit.update_payment(replace(payment, due_at=unit.opened_at))
