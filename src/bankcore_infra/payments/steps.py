"""Steps of payments out of their rows."""

from typing import Any, Final

from sqlalchemy import Row

from bankcore.payments import actions
from bankcore.payments.attempts import AttemptStatus, PaymentAttemptId
from bankcore.payments.payments import PaymentStatus
from bankcore.payments.ports import PaymentStep

_ACTIONS: Final = {action.name: action for action in actions.STEPS}


def step_of(row: Row[Any]) -> PaymentStep:
    """The step in a row."""
    return PaymentStep(
        number=row.number,
        at=row.at,
        action=_ACTIONS[row.action],
        attempt_id=PaymentAttemptId(row.attempt_id),
        before=None if row.before is None else PaymentStatus(row.before),
        after=PaymentStatus(row.after),
        attempt_before=None if row.attempt_before is None else AttemptStatus(row.attempt_before),
        attempt_after=AttemptStatus(row.attempt_after),
        reason=row.reason,
        actor=row.actor,
    )
