"""Moves a locked payment one step: writes it, stores the step for ever, and records it in the audit log."""

from dataclasses import replace
from typing import Final

from bankcore.actions import Action
from bankcore.origin import Origin
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.events import PaymentMoved
from bankcore.payments.payments import Payment, PaymentStatus
from bankcore.payments.ports import PaymentStep, PaymentUnit

SYSTEM: Final = Origin(actor_type="system", actor_id="payments")
"""The actor of what answers, look-ups and webhooks bring about."""


def add(unit: PaymentUnit, payment: Payment, action: Action, origin: Origin) -> Payment:
    """Add the new payment, with its first step."""
    unit.add_payment(payment)
    return _record(unit, payment, action, origin, before=None, attempt_before=None)


def move(unit: PaymentUnit, before: Payment, after: Payment, action: Action, origin: Origin) -> Payment:
    """Write what it is after the step."""
    is_same_attempt = before.attempt.id == after.attempt.id
    attempt_before = before.attempt.status if is_same_attempt else None
    return _record(unit, after, action, origin, before=before.status, attempt_before=attempt_before)


def _record(
    unit: PaymentUnit,
    payment: Payment,
    action: Action,
    origin: Origin,
    *,
    before: PaymentStatus | None,
    attempt_before: AttemptStatus | None,
) -> Payment:
    moved = replace(payment, version=payment.version + 1)
    step = PaymentStep(
        number=moved.version,
        at=unit.opened_at,
        action=action,
        attempt_id=moved.attempt.id,
        before=before,
        after=moved.status,
        attempt_before=attempt_before,
        attempt_after=moved.attempt.status,
        reason=moved.problem or moved.attempt.code,
        actor=f"{origin.actor_type}:{origin.actor_id}",
    )
    unit.update_payment(moved)
    unit.add_step(moved.id, step)
    unit.publish([PaymentMoved(unit.new_stamp(origin), action, moved, before, attempt_before)])
    return moved
