"""FollowDisputes: whatever a provider tells of a dispute is a hint, by which the provider is asked how it stands.

Only its answer moves anything, and it says how the dispute stands now: so what comes late, twice or out of order
changes nothing twice, and what never came is found by asking each day.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from bankcore.disputes.disputes import ASKED_EVERY, PaymentDispute, PaymentDisputeId
from bankcore.disputes.money import DisputeAccounts
from bankcore.disputes.ports import DisputeUnit, DisputeUnits
from bankcore.disputes.settle import ToldOfDispute, doubt_dispute, open_dispute, settle_dispute
from bankcore.identifiers import TenantId, uuid_in
from bankcore.money import Currency
from bankcore.payments.ask import NOT_SETTLED
from bankcore.payments.attempts import PaymentAttemptId
from bankcore.payments.configurations import ProviderConfig, ProviderConfigId
from bankcore.payments.notices import NoticeSubject, ProviderNotice
from bankcore.payments.payments import Payment
from bankcore.payments.ports import Providers, UsableProvider
from bankcore.providers.answers import Unknown
from bankcore.providers.disputes import DisputeState
from bankcore.refunds.moving import there

OpenAccounts = Callable[[ProviderConfig, Currency], None]
"""Sees to it that our accounts for a configuration are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowDisputes:
    """Follows the disputes of one tenant; any number of workers may, each on one of its own."""

    tenant_id: TenantId
    units: DisputeUnits
    providers: Providers
    open_accounts: OpenAccounts

    def heed_next(self) -> ProviderNotice | None:
        """Ask about the dispute of the notice that is due for longest; None if none is due.

        If the provider does not answer, the notice is due again after its pause.

        Raises:
            UnavailableError, OutcomeUnknownError: it is tried again.
        """
        notice = self.units.run(lambda unit: unit.take_due_notice(NoticeSubject.DISPUTE), resubmittable=True)
        if notice is None:
            return None
        usable = self.providers.get_provider(notice.config_id)
        event = usable.provider.parse_webhook_event(notice.body)
        state = None if event is None else event.state
        told_id = state.provider_id if isinstance(state, DisputeState) else None
        if told_id is None or self._ask(usable, told_id):
            self.units.run(lambda unit: unit.end_notice(notice), resubmittable=True)
        return notice

    def ask_next(self) -> PaymentDispute | None:
        """Ask about the dispute that is due for longest; None if none is due. Returns it as it stood before.

        Raises:
            UnavailableError, OutcomeUnknownError: it is asked again when it is due again.
        """
        due = self.take_next()
        if due is not None:
            self.ask_about(due)
        return due

    def take_next(self, *, passing_over: Collection[ProviderConfigId] = ()) -> PaymentDispute | None:
        """Take the dispute that is due for longest, of those at none of these configurations; None if none is.

        When it is due again is committed before the provider is asked.

        Raises:
            UnavailableError, OutcomeUnknownError: it is asked now or when it is due again.
        """
        return self.units.run(lambda unit: _take_due(unit, passing_over), resubmittable=True)

    def ask_about(self, due: PaymentDispute) -> None:
        """Ask the provider about a dispute that was taken, unless a person takes over, and settle what it says.

        Raises:
            UnavailableError, OutcomeUnknownError: it is asked again when it is due again.
        """
        if due.due_at is not None:
            self._ask(self.providers.get_provider(due.config_id), due.provider_id)

    def _ask(self, usable: UsableProvider, provider_id: str) -> bool:
        """Settle what the provider says of it. Returns whether it said anything."""
        state = usable.provider.get_dispute_status(provider_id)
        if isinstance(state, Unknown):
            return False
        if state.withdrawn is not None:
            self.open_accounts(usable.config, state.withdrawn.amount.currency)
        self.units.run(lambda unit: self._settle(unit, usable, provider_id, state), resubmittable=True)
        return True

    def _settle(self, unit: DisputeUnit, usable: UsableProvider, provider_id: str, state: DisputeState) -> None:
        payment = _payment_of(unit, usable, state)
        if payment is None:
            # It is of a payment that somebody else took with the same account at the provider.
            return
        dispute = unit.lock_dispute(usable.config.id, provider_id)
        if dispute is None:
            dispute = open_dispute(unit, _new_dispute(unit, usable, provider_id, payment, state))
        accounts = DisputeAccounts(self.tenant_id, dispute)
        settle_dispute(unit, payment, dispute, ToldOfDispute(state, usable.mode, accounts))


def _payment_of(unit: DisputeUnit, usable: UsableProvider, state: DisputeState) -> Payment | None:
    """The payment that the provider names, locked. What one provider says is about its own."""
    attempt_id = uuid_in(state.reference)
    found = None if attempt_id is None else unit.find_attempt(PaymentAttemptId(attempt_id))
    if found is None or found[1].config_id != usable.config.id:
        return None
    return there(unit.lock_payment(found[0]), f"payment {found[0]} of an attempt")


def _new_dispute(
    unit: DisputeUnit, usable: UsableProvider, provider_id: str, payment: Payment, state: DisputeState
) -> PaymentDispute:
    return PaymentDispute(
        id=PaymentDisputeId(unit.new_id()),
        payment_id=payment.id,
        config_id=usable.config.id,
        provider_id=provider_id,
        account_id=payment.account_id,
        owner_id=payment.owner_id,
        amount=payment.to_take if state.amount is None else state.amount,
        reason=state.reason,
        respond_by=state.respond_by,
        created_at=unit.opened_at,
        due_at=unit.opened_at + ASKED_EVERY,
    )


def _take_due(unit: DisputeUnit, passing_over: Collection[ProviderConfigId]) -> PaymentDispute | None:
    dispute = unit.lock_due_dispute(passing_over=passing_over)
    if dispute is None:
        return None
    asked = dispute.asked_again(unit.opened_at)
    unit.update_dispute(asked)
    return asked if asked.due_at is not None else doubt_dispute(unit, asked, NOT_SETTLED)
