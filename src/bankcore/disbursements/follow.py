"""FollowDisbursements: sends what was approved, and asks the provider what became of what was sent.

A person takes over when it was asked often enough; that one failed is never guessed.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from bankcore.disbursements import actions
from bankcore.disbursements.disbursements import Disbursement, DisbursementId, DisbursementStatus
from bankcore.disbursements.findings import PayoutFinding, finding_of_payout_answer, finding_of_payout_state
from bankcore.disbursements.moving import SYSTEM, move
from bankcore.disbursements.ports import DisbursementUnit, DisbursementUnits
from bankcore.disbursements.settle import settle_payout
from bankcore.errors import LedgerInvariantError
from bankcore.identifiers import TenantId
from bankcore.payments.circuit import OPEN_FOR, CallResult
from bankcore.payments.circuits import Circuits, result_of
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.payments import ASKED_AFTER
from bankcore.payments.ports import Providers
from bankcore.providers.answers import Unknown
from bankcore.providers.payouts import PayoutLookup, PayoutOrder

NOT_SETTLED: Final = "not_settled"
"""The provider was asked as often as it is asked, and did not say."""
SENT_LATER_AFTER: Final = OPEN_FOR
"""What is approved and was not sent, because its provider is left alone or its worker died, is tried again then."""


@dataclass(frozen=True, slots=True)
class FollowDisbursements:
    """Follows those of one tenant; any number of workers may do so at once, each one of its own."""

    tenant_id: TenantId
    units: DisbursementUnits
    providers: Providers
    circuits: Circuits

    def follow_next(self) -> Disbursement | None:
        """Send or ask for the one that is due for longest; None if none is due. Raises: as `take_next` and `follow`."""
        taken = self.take_next()
        return None if taken is None else self.follow(taken)

    def take_next(self, *, passing_over: Collection[ProviderConfigId] = ()) -> Disbursement | None:
        """Take the one that is due for longest, of those at none of these configurations; None if none is.

        When it is due again is committed before the provider is called: nothing is locked while we wait for it, and
        whoever dies meanwhile keeps nobody from following it later.

        Raises:
            UnavailableError, OutcomeUnknownError: it is followed now or when it is due again.
        """
        return self.units.run(lambda unit: _take_due(unit, passing_over), resubmittable=True)

    def follow(self, taken: Disbursement) -> Disbursement:
        """Send or ask for one that was taken. Returns it as it stands after that.

        Raises:
            UnavailableError, OutcomeUnknownError: it is followed when it is due again.
        """
        return self._send(taken) if taken.status is DisbursementStatus.APPROVED else self._ask(taken)

    def _send(self, approved: Disbursement) -> Disbursement:
        """Send it. What is left because its provider fails again and again stays approved, and is sent later.

        That it is sent is committed before it is, so it is sent once.
        """
        config_id = approved.config_id
        usable = self.providers.get_provider(config_id)
        if not self.circuits.let_through(config_id):
            return approved
        sent = self.units.run(lambda unit: _mark_sent(unit, approved.id), resubmittable=False)
        if sent is None:
            # Whoever took it later was quicker, and sends it.
            self.circuits.tell(config_id, CallResult.SAID_NOTHING)
            return approved
        # Read only now: one that cannot be read stops this one, which is asked for later, and nobody else's.
        destination = self.units.run(lambda unit: unit.get_destination(sent.id), resubmittable=True)
        order = PayoutOrder(
            reference=sent.reference,
            amount=sent.amount,
            destination=destination,
            description=sent.description,
            webhook_url=usable.webhook_url,
        )
        answer = usable.provider.create_payout(order)
        self.circuits.tell(config_id, result_of(answer))
        return self._settle(sent, finding_of_payout_answer(answer))

    def _ask(self, asked: Disbursement) -> Disbursement:
        usable = self.providers.get_provider(asked.config_id)
        lookup = PayoutLookup(reference=asked.reference, amount=asked.amount, provider_id=asked.provider_id)
        state = usable.provider.get_payout_status(lookup)
        result = CallResult.FAILED if isinstance(state, Unknown) else CallResult.ANSWERED
        self.circuits.heard(asked.config_id, result)
        return self._settle(asked, finding_of_payout_state(asked, usable.mode, state))

    def _settle(self, disbursement: Disbursement, finding: PayoutFinding) -> Disbursement:
        return self.units.run(
            lambda unit: settle_payout(unit, self.tenant_id, _lock(unit, disbursement.id), finding),
            resubmittable=True,
        )


def _take_due(unit: DisbursementUnit, passing_over: Collection[ProviderConfigId]) -> Disbursement | None:
    disbursement = unit.lock_due_disbursement(passing_over=passing_over)
    if disbursement is None:
        return None
    now = unit.opened_at
    if disbursement.status is DisbursementStatus.APPROVED:
        later = replace(disbursement, due_at=now + SENT_LATER_AFTER)
        unit.update_disbursement(later)
        return later
    asked = disbursement.asked_again(now)
    if asked.review_since is not None and disbursement.review_since is None:
        return move(unit, disbursement, asked.doubted(NOT_SETTLED, now), actions.DISBURSEMENT_DOUBTED, SYSTEM)
    unit.update_disbursement(asked)
    return asked


def _mark_sent(unit: DisbursementUnit, disbursement_id: DisbursementId) -> Disbursement | None:
    """The disbursement as it is now that it is sent; None if somebody else sent it."""
    disbursement, now = _lock(unit, disbursement_id), unit.opened_at
    if disbursement.status is not DisbursementStatus.APPROVED:
        return None
    sent = replace(disbursement.moved(DisbursementStatus.SENT), sent_at=now, due_at=now + ASKED_AFTER[0])
    return move(unit, disbursement, sent, actions.DISBURSEMENT_SENT, SYSTEM)


def _lock(unit: DisbursementUnit, disbursement_id: DisbursementId) -> Disbursement:
    disbursement = unit.lock_disbursement(disbursement_id)
    if disbursement is None:
        raise LedgerInvariantError(f"disbursement {disbursement_id} was followed and is not there")
    return disbursement
