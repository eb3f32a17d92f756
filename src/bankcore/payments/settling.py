"""Settling: answers to orders settle their payments, several together, or send an order elsewhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from bankcore.payments import actions
from bankcore.payments.attempts import AttemptStatus, PaymentAttempt, PaymentAttemptId
from bankcore.payments.changing import lock_all_again
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.findings import ChargeFinding
from bankcore.payments.moving import SYSTEM, move
from bankcore.payments.payments import ASKED_AFTER, Payment
from bankcore.payments.ports import PaymentUnit, PaymentUnits
from bankcore.payments.settle import expected_commands, settle_all


class Settlement(NamedTuple):
    """What an answer said of a payment, as it was sent; and to which configuration the order goes if it certainly took
    nothing, None if that is to none.
    """

    payment: Payment
    finding: ChargeFinding
    elsewhere: ProviderConfigId | None

    @property
    def is_repeatable(self) -> bool:
        """What is settled is found settled by a second run."""
        return True


SettlePayment = Callable[[Settlement], Payment]
"""Settles it, or moves its order to a new attempt elsewhere, in a unit of work that others may share, and returns the
payment as it stands then.

Raises:
    UnavailableError: nothing was recorded.
    OutcomeUnknownError: it may have been recorded.
"""


@dataclass(frozen=True, slots=True)
class SettleAlone:
    """Settles each in a unit of work of its own."""

    units: PaymentUnits

    def __call__(self, settlement: Settlement) -> Payment:
        """As `SettlePayment`."""
        (settled,) = self.units.run(lambda unit: settle_together(unit, [settlement]), resubmittable=True)
        return settled


def settle_together(unit: PaymentUnit, settlements: Sequence[Settlement]) -> list[Payment]:
    """Settle these, each of another payment. Returns how the payments stand now."""
    found = [(each.payment, each.finding) for each in settlements]
    locked = lock_all_again(unit, [each.payment for each in settlements], then=expected_commands(found))
    settled: dict[int, Payment] = {}
    open_ones: list[int] = []
    for place, (now, (payment, finding, elsewhere)) in enumerate(zip(locked, settlements, strict=True)):
        if now.attempt.id != payment.attempt.id:
            # After a lost connection: nobody else begins an attempt, so this one is what we committed.
            settled[place] = now
        elif elsewhere is not None and finding.elsewhere is not None and now.attempt == payment.attempt:
            settled[place] = _send_elsewhere(unit, now, finding, finding.elsewhere, elsewhere)
        else:
            open_ones.append(place)
    ends = settle_all(unit, [(locked[place], settlements[place].finding) for place in open_ones])
    settled.update(zip(open_ones, ends, strict=True))
    return [settled[place] for place in range(len(settlements))]


def new_attempt(unit: PaymentUnit, config_id: ProviderConfigId, number: int) -> PaymentAttempt:
    """An attempt that begins now."""
    return PaymentAttempt(
        id=PaymentAttemptId(unit.new_id()), number=number, config_id=config_id, started_at=unit.opened_at
    )


def _send_elsewhere(
    unit: PaymentUnit, payment: Payment, finding: ChargeFinding, status: AttemptStatus, to: ProviderConfigId
) -> Payment:
    """End the attempt, and send the order there: certainly nothing was taken."""
    now = unit.opened_at
    ended = replace(payment, attempt=payment.attempt.moved(status, now, code=finding.code))
    told = move(unit, payment, ended, actions.PAYMENT_DOUBTED, SYSTEM)
    attempt = new_attempt(unit, to, told.attempt.number + 1).moved(AttemptStatus.SENT, now)
    unit.add_attempt(payment.id, attempt)
    again = replace(told, attempt=attempt, due_at=now + ASKED_AFTER[0])
    return move(unit, told, again, actions.PAYMENT_SENT, SYSTEM)
