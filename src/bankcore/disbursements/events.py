"""What happened to disbursements, in the past tense."""

from dataclasses import dataclass

from bankcore.actions import Action
from bankcore.disbursements.disbursements import Disbursement, DisbursementStatus
from bankcore.events.stamps import Stamp
from bankcore.payments.events import PersonsWord


@dataclass(frozen=True, slots=True)
class DisbursementMoved:
    """It took a step, as the action says; `disbursement` is how it stands after it."""

    stamp: Stamp
    action: Action
    disbursement: Disbursement
    before: DisbursementStatus | None
    told: PersonsWord | None = None
