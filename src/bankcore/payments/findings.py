"""Findings: what an answer, a look-up or a webhook says of an attempt, once it was held against what we ordered."""

from dataclasses import dataclass

from bankcore.money import Money
from bankcore.payments.attempts import AttemptStatus, PaymentAttempt
from bankcore.payments.payments import Payment
from bankcore.providers.answers import ChargeAccepted, ChargeAnswer, Declined, NextAction, NotExecuted, Unknown
from bankcore.providers.states import ChargeState, ChargeStatus, ProviderMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeFinding:
    """What became of an attempt; without a status, nothing new. A mismatch moves nothing, and a person is asked."""

    status: AttemptStatus | None = None
    provider_id: str | None = None
    fee: Money | None = None
    code: str | None = None
    next_action: NextAction | None = None
    mismatch: str | None = None
    is_for_this_provider: bool = False
    """Whether another provider may say yes to the same."""

    @property
    def elsewhere(self) -> AttemptStatus | None:
        """How the attempt ended, if another provider may be tried."""
        return self.status if self.is_for_this_provider else None


_STATUSES = {
    ChargeStatus.REQUIRES_ACTION: AttemptStatus.REQUIRES_ACTION,
    ChargeStatus.AUTHORIZED: AttemptStatus.AUTHORIZED,
    ChargeStatus.SUCCEEDED: AttemptStatus.SUCCEEDED,
    ChargeStatus.DECLINED: AttemptStatus.DECLINED,
}


def finding_of_answer(answer: ChargeAnswer) -> ChargeFinding:
    """What the answer to our order says."""
    if isinstance(answer, Declined):
        return ChargeFinding(
            status=AttemptStatus.DECLINED, code=answer.code, is_for_this_provider=answer.is_for_this_provider
        )
    if isinstance(answer, NotExecuted):
        return ChargeFinding(status=AttemptStatus.NOT_EXECUTED, code=answer.code, is_for_this_provider=True)
    if isinstance(answer, Unknown):
        return ChargeFinding(status=AttemptStatus.UNKNOWN)
    return ChargeFinding(
        status=_STATUSES.get(answer.status),
        provider_id=answer.provider_id,
        fee=answer.fee,
        next_action=answer.next_action,
    )


def finding_of_capture(answer: ChargeAnswer) -> ChargeFinding:
    """What the answer says to our order to take what was authorized. What is no clear yes or no is asked for."""
    if isinstance(answer, NotExecuted):
        return ChargeFinding(status=AttemptStatus.AUTHORIZED, code=answer.code)
    is_taken = isinstance(answer, ChargeAccepted) and answer.status is ChargeStatus.SUCCEEDED
    return finding_of_answer(answer) if is_taken else ChargeFinding()


def finding_of_state(payment: Payment, mode: ProviderMode, state: ChargeState | Unknown) -> ChargeFinding:
    """What the provider says of the latest attempt, now that we ask or by a webhook.

    What it does not know yet it may know later, so that says nothing.
    """
    if isinstance(state, Unknown) or state.status not in _STATUSES:
        return ChargeFinding()
    amount = payment.to_take if state.status is ChargeStatus.SUCCEEDED else payment.amount
    if state.status is ChargeStatus.AUTHORIZED and payment.attempt.status is AttemptStatus.CAPTURING:
        # Our order may still be on its way.
        return ChargeFinding(status=AttemptStatus.AUTHORIZED if payment.is_capture_lost else None)
    mismatch = _mismatch(payment.attempt, amount, mode, state)
    if mismatch is not None:
        return ChargeFinding(mismatch=mismatch)
    # The provider's word for what went well is no reason of anything.
    code = state.code if state.status is ChargeStatus.DECLINED else None
    return ChargeFinding(status=_STATUSES[state.status], provider_id=state.provider_id, fee=state.fee, code=code)


def _mismatch(attempt: PaymentAttempt, amount: Money, mode: ProviderMode, state: ChargeState) -> str | None:
    """What of it is not as we ordered it. That money came is believed only with its amount."""
    if state.reference not in {None, attempt.reference}:
        return "reference_mismatch"
    if state.mode not in {None, mode}:
        return "mode_mismatch"
    if state.amount is None:
        return "amount_missing" if state.status is ChargeStatus.SUCCEEDED else None
    return None if state.amount == amount else "amount_mismatch"
