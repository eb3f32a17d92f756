"""Moves a locked payment one step: writes it, stores the step for ever, and records it in the audit log."""

from dataclasses import replace
from typing import Final, NamedTuple

from bankcore.actions import Action
from bankcore.origin import Origin
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.events import PaymentMoved, PersonsWord
from bankcore.payments.payments import Payment, PaymentStatus
from bankcore.payments.ports import PaymentStep, PaymentUnit

SYSTEM: Final = Origin(actor_type="system", actor_id="payments")
"""The actor of what answers, look-ups and webhooks bring about."""


class _Before(NamedTuple):
    """From which states a step went."""

    payment: PaymentStatus | None
    attempt: AttemptStatus | None


def add(unit: PaymentUnit, payment: Payment, action: Action, origin: Origin) -> Payment:
    """Add the new payment, with its first step."""
    unit.add_payment(payment)
    return _record(unit, payment, action, origin, _Before(None, None))


def move(
    unit: PaymentUnit,
    before: Payment,
    after: Payment,
    action: Action,
    origin: Origin,
    *,
    told: PersonsWord | None = None,
) -> Payment:
    """Write what it is after the step, and what a person told of it."""
    is_same_attempt = before.attempt.id == after.attempt.id
    came_from = _Before(before.status, before.attempt.status if is_same_attempt else None)
    return _record(unit, after, action, origin, came_from, told)


def _record(
    unit: PaymentUnit,
    payment: Payment,
    action: Action,
    origin: Origin,
    before: _Before,
    told: PersonsWord | None = None,
) -> Payment:
    moved = replace(payment, version=payment.version + 1)
    step = PaymentStep(
        number=moved.version,
        at=unit.opened_at,
        action=action,
        attempt_id=moved.attempt.id,
        before=before.payment,
        after=moved.status,
        attempt_before=before.attempt,
        attempt_after=moved.attempt.status,
        reason=moved.problem or moved.attempt.code if told is None else told.reason,
        actor=f"{origin.actor_type}:{origin.actor_id}",
    )
    unit.update_payment(moved)
    unit.add_step(moved.id, step)
    unit.publish([PaymentMoved(unit.new_stamp(origin), action, moved, before.payment, before.attempt, told)])
    return moved
