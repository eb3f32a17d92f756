"""Findings: what an answer or a look-up says of a disbursement, once it was held against what was ordered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bankcore.disbursements.disbursements import Disbursement, DisbursementStatus
from bankcore.providers.answers import Unknown
from bankcore.providers.payouts import PayoutAccepted, PayoutAnswer, PayoutStanding, PayoutState
from bankcore.providers.states import ProviderMode


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutFinding:
    """What became of it; without a status, nothing new. A mismatch moves nothing, and a person is asked."""

    status: DisbursementStatus | None = None
    provider_id: str | None = None
    code: str | None = None
    mismatch: str | None = None


_STATUSES: Final[Mapping[PayoutStanding, DisbursementStatus]] = {
    PayoutStanding.SUCCEEDED: DisbursementStatus.PAID,
    PayoutStanding.FAILED: DisbursementStatus.FAILED,
    PayoutStanding.RETURNED: DisbursementStatus.RETURNED,
}


def finding_of_payout_answer(answer: PayoutAnswer) -> PayoutFinding:
    """What the answer to our order says."""
    if isinstance(answer, PayoutAccepted):
        return PayoutFinding(status=_STATUSES.get(answer.status), provider_id=answer.provider_id)
    if isinstance(answer, Unknown):
        return PayoutFinding(status=DisbursementStatus.UNKNOWN)
    return PayoutFinding(status=DisbursementStatus.FAILED, code=answer.code)


def finding_of_payout_state(
    disbursement: Disbursement, mode: ProviderMode, state: PayoutState | Unknown
) -> PayoutFinding:
    """What the provider says when it is asked. What it does not know yet it may know later, so that says nothing."""
    if isinstance(state, Unknown) or state.status not in _STATUSES:
        return PayoutFinding()
    mismatch = _mismatch(disbursement, mode, state)
    if mismatch is not None:
        return PayoutFinding(mismatch=mismatch)
    return PayoutFinding(status=_STATUSES[state.status], provider_id=state.provider_id, code=state.code)


def _mismatch(disbursement: Disbursement, mode: ProviderMode, state: PayoutState) -> str | None:
    """What of it is not as we ordered it. That money left or came back is believed only with its amount."""
    if state.reference not in {None, disbursement.reference}:
        return "reference_mismatch"
    if state.mode not in {None, mode}:
        return "mode_mismatch"
    if state.amount is None:
        return None if state.status is PayoutStanding.FAILED else "amount_missing"
    return None if state.amount == disbursement.amount else "amount_mismatch"
