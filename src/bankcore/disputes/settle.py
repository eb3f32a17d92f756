"""Settles a locked dispute by what its provider says: books what moved, moves it forward, or asks for a person."""

from dataclasses import replace
from typing import Final, NamedTuple

from bankcore.actions import Action
from bankcore.disputes import actions
from bankcore.disputes.disputes import ASKED_EVERY, DisputeStatus, PaymentDispute
from bankcore.disputes.events import DisputeMoved
from bankcore.disputes.money import SYSTEM, DisputeAccounts, collect, give_back, take
from bankcore.disputes.ports import DisputeUnit
from bankcore.idempotency.answers import Rejected
from bankcore.payments.payments import Payment
from bankcore.payments.settle import CONTRADICTED
from bankcore.providers.disputes import DisputedMoney, DisputeState
from bankcore.providers.states import ProviderMode

AMOUNT_MISMATCH: Final = "amount_mismatch"
NOT_BOOKED: Final = "payment_not_booked"
"""We have not booked the payment that is disputed."""
NOT_PASSED_ON: Final = "not_passed_on"
"""What came back is the merchant's, whose account took nothing; it is on ours."""
EXCEEDS_PAYMENT: Final = "exceeds_payment"
"""Refunds and disputes together take more than was paid."""
_ACTIONS: Final = {DisputeStatus.WON: actions.DISPUTE_WON, DisputeStatus.LOST: actions.DISPUTE_LOST}


class ToldOfDispute(NamedTuple):
    """What a provider says of a dispute, of which mode it is to be, and our accounts for it."""

    state: DisputeState
    mode: ProviderMode
    accounts: DisputeAccounts


class _Booked(NamedTuple):
    dispute: PaymentDispute
    problem: str | None


def open_dispute(unit: DisputeUnit, dispute: PaymentDispute) -> PaymentDispute:
    """Add the new dispute."""
    unit.add_dispute(dispute)
    unit.publish([DisputeMoved(unit.new_stamp(SYSTEM), actions.DISPUTE_OPENED, dispute, None)])
    return dispute


def settle_dispute(unit: DisputeUnit, payment: Payment, dispute: PaymentDispute, told: ToldOfDispute) -> PaymentDispute:
    """Move the dispute as far as its provider says, and the money with it. Returns how it stands now.

    What does not fit moves nothing, and is there for a person to look at; what is over stays as it ended.
    """
    problem = _mismatch(payment, dispute, told)
    if problem is None:
        dispute, problem = _book(unit, dispute, told)
        problem = problem or _contradiction(dispute, told.state)
        dispute = _note(unit, dispute, told.state)
        problem = problem or _excess(unit, payment)
    dispute = doubt_dispute(unit, dispute, problem)
    due_at = None if dispute.is_settled else dispute.due_at or unit.opened_at + ASKED_EVERY
    dispute = replace(dispute, due_at=due_at)
    unit.update_dispute(dispute)
    return dispute


def doubt_dispute(unit: DisputeUnit, dispute: PaymentDispute, problem: str | None) -> PaymentDispute:
    """Ask for a person, once for each problem, or for nobody any more. Returns the dispute as it stands now."""
    if problem == dispute.problem:
        return dispute
    action = actions.DISPUTE_CHANGED if problem is None else actions.DISPUTE_DOUBTED
    return _move(unit, dispute, dispute.doubted(problem, unit.opened_at), action)


def _mismatch(payment: Payment, dispute: PaymentDispute, told: ToldOfDispute) -> str | None:
    """What of it is not as we know the payment."""
    state = told.state
    if payment.id != dispute.payment_id:
        return "reference_mismatch"
    if state.mode not in {None, told.mode}:
        return "mode_mismatch"
    if payment.transaction_id is None or payment.attempt.config_id != dispute.config_id:
        return NOT_BOOKED
    moved = [each.amount for each in (state.withdrawn, state.reinstated) if each is not None]
    amounts = {payment.amount.currency} | {amount.currency for amount in (dispute.amount, *moved)}
    if len(amounts) > 1 or state.amount != dispute.amount or max([dispute.amount, *moved]) > payment.to_take:
        return AMOUNT_MISMATCH
    return None


def _book(unit: DisputeUnit, dispute: PaymentDispute, told: ToldOfDispute) -> _Booked:
    """Book what the provider took and gave back, each once."""
    was_taken, problem = dispute.withdrawn is not None, None
    taken, back = told.state.withdrawn, told.state.reinstated
    if taken is not None:
        dispute, problem = _take(unit, dispute, taken, told.accounts)
    if back is not None and problem != AMOUNT_MISMATCH:
        dispute, refusal = _give_back(unit, dispute, back, told.accounts)
        problem = problem or refusal or (NOT_PASSED_ON if dispute.is_kept else None)
    if dispute.is_owed and was_taken and problem is None:
        return _collect(unit, dispute, told.accounts)
    return _Booked(dispute, problem)


def _take(unit: DisputeUnit, dispute: PaymentDispute, taken: DisputedMoney, accounts: DisputeAccounts) -> _Booked:
    booked = dispute.withdrawn
    if booked is not None:
        return _Booked(dispute, None if (booked.amount, booked.fee) == taken else AMOUNT_MISMATCH)
    moved, refusal = take(unit, dispute, taken, accounts)
    if isinstance(moved, Rejected):
        return _Booked(dispute, moved.reason.code)
    after = _move(unit, dispute, replace(dispute, withdrawn=moved), actions.DISPUTE_WITHDRAWN)
    return _Booked(after, None if refusal is None else refusal.reason.code)


def _give_back(unit: DisputeUnit, dispute: PaymentDispute, back: DisputedMoney, accounts: DisputeAccounts) -> _Booked:
    taken, booked = dispute.withdrawn, dispute.reinstated
    if booked is not None:
        return _Booked(dispute, None if (booked.amount, booked.fee) == back else AMOUNT_MISMATCH)
    if taken is None or back.amount > taken.amount or back.fee > taken.fee:
        return _Booked(dispute, AMOUNT_MISMATCH)
    moved = give_back(unit, dispute, back, accounts)
    if isinstance(moved, Rejected):
        return _Booked(dispute, moved.reason.code)
    return _Booked(_move(unit, dispute, replace(dispute, reinstated=moved), actions.DISPUTE_REINSTATED), None)


def _collect(unit: DisputeUnit, dispute: PaymentDispute, accounts: DisputeAccounts) -> _Booked:
    paid = collect(unit, dispute, accounts)
    if isinstance(paid, Rejected):
        return _Booked(dispute, paid.reason.code)
    return _Booked(_move(unit, dispute, replace(dispute, collection_id=paid), actions.DISPUTE_COLLECTED), None)


def _contradiction(dispute: PaymentDispute, state: DisputeState) -> str | None:
    """An end that is another than the one that we were told before."""
    status = DisputeStatus(state.status.value)
    is_other = dispute.status.is_over and status.is_over and status is not dispute.status
    return CONTRADICTED if is_other else None


def _note(unit: DisputeUnit, dispute: PaymentDispute, state: DisputeState) -> PaymentDispute:
    """Move it to where its provider says that it stands; an answer that is older than its end changes nothing."""
    status = DisputeStatus(state.status.value)
    if dispute.status.is_over:
        return dispute
    noted = replace(dispute, reason=state.reason or dispute.reason, respond_by=state.respond_by or dispute.respond_by)
    if status is not dispute.status:
        noted = noted.moved(status, unit.opened_at)
    if noted == dispute:
        return dispute
    return _move(unit, dispute, noted, _ACTIONS.get(status, actions.DISPUTE_CHANGED))


def _excess(unit: DisputeUnit, payment: Payment) -> str | None:
    """Whether more was taken of the payment than was paid: a person has to see with whom it is."""
    gone = unit.sum_refunds(payment.id) + unit.sum_disputed(payment.id)
    return EXCEEDS_PAYMENT if gone > payment.to_take.minor else None


def _move(unit: DisputeUnit, before: PaymentDispute, after: PaymentDispute, action: Action) -> PaymentDispute:
    """Write what it is after the step, and record the step."""
    unit.update_dispute(after)
    unit.publish([DisputeMoved(unit.new_stamp(SYSTEM), action, after, before.status)])
    return after
