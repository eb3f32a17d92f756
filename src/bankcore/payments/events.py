"""What happened to payments, in the past tense."""

from dataclasses import dataclass

from bankcore.actions import Action
from bankcore.events.stamps import Stamp
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.payments import Payment, PaymentStatus


@dataclass(frozen=True, slots=True)
class PersonsWord:
    """Why a person settled a payment, and where that can be seen."""

    reason: str
    evidence: str | None


@dataclass(frozen=True, slots=True)
class PaymentMoved:
    """The payment or its attempt took a step, as the action says; `payment` is how it stands after it."""

    stamp: Stamp
    action: Action
    payment: Payment
    before: PaymentStatus | None
    attempt_before: AttemptStatus | None
    told: PersonsWord | None = None
