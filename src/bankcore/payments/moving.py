"""Moves a locked payment one step: writes it, stores the step for ever, and records it in the audit log."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from bankcore.actions import Action
from bankcore.origin import Origin
from bankcore.payments import actions
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


def add_sent(unit: PaymentUnit, created: Payment, origin: Origin) -> Payment:
    """Add the new payment as it is when it is sent, with both of its first steps: nobody sees it between them."""
    first = replace(created, version=created.version + 1)
    attempt = created.attempt.moved(AttemptStatus.SENT, unit.opened_at)
    sent = replace(first, version=first.version + 1, attempt=attempt).moved(PaymentStatus.PROCESSING, unit.opened_at)
    unit.add_payment(sent)
    created_from, sent_from = _Before(None, None), _Before(first.status, first.attempt.status)
    _record(
        unit,
        [
            PaymentMoved(unit.new_stamp(origin), actions.PAYMENT_CREATED, first, *created_from),
            PaymentMoved(unit.new_stamp(origin), actions.PAYMENT_SENT, sent, *sent_from),
        ],
    )
    return sent


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
    moved = replace(after, version=after.version + 1)
    unit.update_payment(moved)
    _record(unit, [PaymentMoved(unit.new_stamp(origin), action, moved, *came_from, told)])
    return moved


def _record(unit: PaymentUnit, events: Sequence[PaymentMoved]) -> None:
    """Store these steps of one payment for ever, in its own history and in the audit log."""
    unit.add_steps(events[0].payment.id, [_step(event) for event in events])
    unit.publish(events)


def _step(event: PaymentMoved) -> PaymentStep:
    moved, stamp, told = event.payment, event.stamp, event.told
    return PaymentStep(
        number=moved.version,
        at=stamp.occurred_at,
        action=event.action,
        attempt_id=moved.attempt.id,
        before=event.before,
        after=moved.status,
        attempt_before=event.attempt_before,
        attempt_after=moved.attempt.status,
        reason=moved.problem or moved.attempt.code if told is None else told.reason,
        actor=f"{stamp.origin.actor_type}:{stamp.origin.actor_id}",
    )
