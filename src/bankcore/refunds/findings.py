"""Findings: what an answer or a look-up says of a refund, once it was held against what we ordered."""

from dataclasses import dataclass

from bankcore.providers.answers import Declined, NotExecuted, RefundAnswer, Unknown
from bankcore.providers.states import ProviderMode, RefundState, RefundStatus
from bankcore.refunds.refunds import PaymentRefund, RefundStage


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFinding:
    """What became of a refund; without a stage, nothing new. A mismatch moves nothing, and a person is asked."""

    stage: RefundStage | None = None
    provider_id: str | None = None
    code: str | None = None
    mismatch: str | None = None


_STAGES = {
    RefundStatus.PENDING: RefundStage.PROCESSING,
    RefundStatus.SUCCEEDED: RefundStage.SUCCEEDED,
    RefundStatus.FAILED: RefundStage.FAILED,
}


def finding_of_refund_answer(answer: RefundAnswer) -> RefundFinding:
    """What the answer to our order says. What certainly was not sent failed: whoever wants it orders it anew."""
    if isinstance(answer, Declined | NotExecuted):
        return RefundFinding(stage=RefundStage.FAILED, code=answer.code)
    if isinstance(answer, Unknown):
        return RefundFinding(stage=RefundStage.UNKNOWN)
    return RefundFinding(stage=_STAGES.get(answer.status), provider_id=answer.provider_id)


def finding_of_refund_state(
    refund: PaymentRefund, *, charge_reference: str, mode: ProviderMode, state: RefundState | Unknown
) -> RefundFinding:
    """What the provider says of the refund, now that we ask.

    What it does not know yet it may know later, so that says nothing.
    """
    if isinstance(state, Unknown) or state.status not in _STAGES:
        return RefundFinding()
    mismatch = _mismatch(refund, charge_reference, mode, state)
    if mismatch is not None:
        return RefundFinding(mismatch=mismatch)
    return RefundFinding(stage=_STAGES[state.status], provider_id=state.provider_id, code=state.code)


def _mismatch(refund: PaymentRefund, charge_reference: str, mode: ProviderMode, state: RefundState) -> str | None:
    """What of it is not as we ordered it. That money was given back is believed only with its amount."""
    if state.reference not in {None, refund.reference} or state.charge_reference not in {None, charge_reference}:
        return "reference_mismatch"
    if state.mode not in {None, mode}:
        return "mode_mismatch"
    if state.amount is None:
        return "amount_missing" if state.status is RefundStatus.SUCCEEDED else None
    return None if state.amount == refund.amount else "amount_mismatch"
