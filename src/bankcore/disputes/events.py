"""What happened to disputes, in the past tense."""

from dataclasses import dataclass

from bankcore.actions import Action
from bankcore.disputes.disputes import DisputeStatus, PaymentDispute
from bankcore.events.stamps import Stamp
from bankcore.payments.events import PersonsWord


@dataclass(frozen=True, slots=True)
class DisputeMoved:
    """The dispute took a step, as the action says; `dispute` is how it stands after it."""

    stamp: Stamp
    action: Action
    dispute: PaymentDispute
    before: DisputeStatus | None
    told: PersonsWord | None = None
    """Why a person says that nothing more is to be done."""
