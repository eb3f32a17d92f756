"""What happened to refunds, in the past tense."""

from dataclasses import dataclass

from bankcore.actions import Action
from bankcore.events.stamps import Stamp
from bankcore.payments.events import PersonsWord
from bankcore.refunds.refunds import PaymentRefund, RefundStage


@dataclass(frozen=True, slots=True)
class RefundMoved:
    """The refund took a step, as the action says; `refund` is how it stands after it."""

    stamp: Stamp
    action: Action
    refund: PaymentRefund
    before: RefundStage | None
    told: PersonsWord | None = None
    """What a person said who ended it."""
