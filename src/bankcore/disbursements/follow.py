"""FollowDisbursements: sends what was approved, and asks the provider what became of what was sent.

A person takes over when it was asked often enough; that one failed is never guessed.
"""

from dataclasses import dataclass, replace
from typing import Final

from bankcore.disbursements import actions
from bankcore.disbursements.disbursements import Disbursement, DisbursementStatus
from bankcore.disbursements.findings import PayoutFinding, finding_of_payout_answer, finding_of_payout_state
from bankcore.disbursements.moving import SYSTEM, move
from bankcore.disbursements.ports import DisbursementUnit, DisbursementUnits
from bankcore.disbursements.settle import settle_payout
from bankcore.errors import LedgerInvariantError
from bankcore.identifiers import TenantId
from bankcore.payments.payments import ASKED_AFTER
from bankcore.payments.ports import Providers
from bankcore.providers.payouts import PayoutLookup, PayoutOrder

NOT_SETTLED: Final = "not_settled"
"""The provider was asked as often as it is asked, and did not say."""


@dataclass(frozen=True, slots=True)
class FollowDisbursements:
    """Follows those of one tenant; any number of workers may do so at once, each one of its own."""

    tenant_id: TenantId
    units: DisbursementUnits
    providers: Providers

    def follow_next(self) -> Disbursement | None:
        """Send or ask for the one that is due for longest; None if none is due.

        That it is sent, and when it is due again, is committed before the provider is called: nothing is locked while
        we wait, nothing is sent twice, and whoever dies meanwhile leaves it to be asked for.

        Raises:
            UnavailableError: nothing was recorded.
            OutcomeUnknownError: it is asked for when it is due again.
        """
        taken = self.units.run(_take_due, resubmittable=False)
        if taken is None:
            return None
        before, disbursement = taken
        is_new = before.status is DisbursementStatus.APPROVED
        finding = self._send(disbursement) if is_new else self._ask(disbursement)
        return self.units.run(lambda unit: _settle(unit, self.tenant_id, disbursement, finding), resubmittable=True)

    def _send(self, disbursement: Disbursement) -> PayoutFinding:
        # Read only now: one that cannot be read stops this one, which is asked for later, and nobody else's.
        destination = self.units.run(lambda unit: unit.get_destination(disbursement.id), resubmittable=True)
        order = PayoutOrder(
            reference=disbursement.reference,
            amount=disbursement.amount,
            destination=destination,
            description=disbursement.description,
        )
        provider = self.providers.get_provider(disbursement.config_id).provider
        return finding_of_payout_answer(provider.create_payout(order))

    def _ask(self, disbursement: Disbursement) -> PayoutFinding:
        usable = self.providers.get_provider(disbursement.config_id)
        lookup = PayoutLookup(
            reference=disbursement.reference, amount=disbursement.amount, provider_id=disbursement.provider_id
        )
        state = usable.provider.get_payout_status(lookup)
        return finding_of_payout_state(disbursement, usable.mode, state)


def _take_due(unit: DisbursementUnit) -> tuple[Disbursement, Disbursement] | None:
    """The one that is due, as it was and as it is now that it is sent, or asked for."""
    disbursement = unit.lock_due_disbursement()
    if disbursement is None:
        return None
    now = unit.opened_at
    if disbursement.status is DisbursementStatus.APPROVED:
        sent = replace(disbursement.moved(DisbursementStatus.SENT), sent_at=now, due_at=now + ASKED_AFTER[0])
        return disbursement, move(unit, disbursement, sent, actions.DISBURSEMENT_SENT, SYSTEM)
    asked = disbursement.asked_again(now)
    if asked.review_since is not None and disbursement.review_since is None:
        doubted = asked.doubted(NOT_SETTLED, now)
        return disbursement, move(unit, disbursement, doubted, actions.DISBURSEMENT_DOUBTED, SYSTEM)
    unit.update_disbursement(asked)
    return disbursement, asked


def _settle(unit: DisbursementUnit, tenant_id: TenantId, asked: Disbursement, finding: PayoutFinding) -> Disbursement:
    disbursement = unit.lock_disbursement(asked.id)
    if disbursement is None:
        raise LedgerInvariantError(f"disbursement {asked.id} was sent and is not there")
    return settle_payout(unit, tenant_id, disbursement, finding)
