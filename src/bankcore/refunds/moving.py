"""Moves a locked refund one step: writes it, and records it in the audit log."""

from dataclasses import dataclass
from typing import Final, TypeVar

from bankcore.actions import Action
from bankcore.errors import LedgerInvariantError
from bankcore.origin import Origin
from bankcore.payments.events import PersonsWord
from bankcore.refunds import actions
from bankcore.refunds.events import RefundMoved
from bankcore.refunds.ports import RefundUnit
from bankcore.refunds.refunds import PaymentRefund

T = TypeVar("T")
SYSTEM: Final = Origin(actor_type="system", actor_id="refunds")
"""The actor of what answers and look-ups bring about."""


@dataclass(frozen=True, slots=True)
class RefundCause:
    """Who brings a step about, and what a person said of it."""

    origin: Origin = SYSTEM
    told: PersonsWord | None = None


BY_SYSTEM: Final = RefundCause()


def there(found: T | None, what: str) -> T:
    """What was committed before. Raises: LedgerInvariantError: it is gone."""
    if found is None:
        raise LedgerInvariantError(f"{what} is not there")
    return found


def add_refund(unit: RefundUnit, refund: PaymentRefund, origin: Origin) -> PaymentRefund:
    """Add the new refund."""
    unit.add_refund(refund)
    unit.publish([RefundMoved(unit.new_stamp(origin), actions.REFUND_CREATED, refund, None)])
    return refund


def move_refund(
    unit: RefundUnit,
    before: PaymentRefund,
    after: PaymentRefund,
    action: Action,
    cause: RefundCause = BY_SYSTEM,
) -> PaymentRefund:
    """Write what it is after the step."""
    unit.update_refund(after)
    unit.publish([RefundMoved(unit.new_stamp(cause.origin), action, after, before.stage, cause.told)])
    return after


def doubt_refund(unit: RefundUnit, refund: PaymentRefund, problem: str) -> PaymentRefund:
    """Ask for a person, once for each problem. Returns the refund as it stands now."""
    if refund.problem == problem:
        unit.update_refund(refund)
        return refund
    return move_refund(unit, refund, refund.doubted(problem, unit.opened_at), actions.REFUND_DOUBTED)
