"""What happened to payments, in the past tense."""

from dataclasses import dataclass
from typing import Final

from bankcore.actions import Action
from bankcore.events.stamps import Stamp
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.payments import Payment, PaymentStatus
from bankcore.texts import require_text

REASON_LENGTH_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class PersonsWord:
    """Why a person says what became of something, and where that can be seen."""

    reason: str
    evidence: str | None = None

    def __post_init__(self) -> None:
        """Refuse unusable text."""
        require_text(self.reason, "/reason", length_max=REASON_LENGTH_MAX)
        if self.evidence is not None:
            require_text(self.evidence, "/evidence", length_max=REASON_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class PaymentMoved:
    """The payment or its attempt took a step, as the action says; `payment` is how it stands after it."""

    stamp: Stamp
    action: Action
    payment: Payment
    before: PaymentStatus | None
    attempt_before: AttemptStatus | None
    told: PersonsWord | None = None
