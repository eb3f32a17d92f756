"""Settles a locked refund by what was found: moves it forward, and the money with it, or asks for a person."""

from dataclasses import replace
from typing import Final

from bankcore.errors import InvalidStateError
from bankcore.holds.commands import CaptureHold, VoidHold
from bankcore.idempotency.answers import Rejected
from bankcore.ledger.commands import PostTransaction
from bankcore.ledger.outcomes import Outcome, accepted_transaction
from bankcore.ledger.transactions import Posting, Source
from bankcore.payments.settle import CONTRADICTED
from bankcore.refunds import actions
from bankcore.refunds.findings import RefundFinding
from bankcore.refunds.moving import BY_SYSTEM, SYSTEM, RefundCause, doubt_refund, move_refund
from bankcore.refunds.ports import RefundUnit
from bankcore.refunds.refunds import PaymentRefund, RefundStage

REFUND_SOURCE: Final = "refund"
"""The permanent name of the transaction is its refund, so the books themselves give nothing back twice."""


def settle_refund(
    unit: RefundUnit, refund: PaymentRefund, finding: RefundFinding, cause: RefundCause = BY_SYSTEM
) -> PaymentRefund:
    """Move the refund as far as the finding says, and never back. Returns how it stands now.

    Whatever contradicts what we know moves nothing, and is there for a person to look at.
    """
    stage = finding.stage
    if refund.stage.is_over:
        is_contradicted = stage is not None and stage.is_over and stage is not refund.stage
        return doubt_refund(unit, refund, CONTRADICTED) if is_contradicted else refund
    if finding.mismatch is not None:
        return doubt_refund(unit, refund, finding.mismatch)
    known = replace(refund, provider_id=refund.provider_id or finding.provider_id)
    if stage is None or not refund.can_become(stage):
        # The id by which the provider is asked is kept as soon as it is told.
        if known != refund:
            unit.update_refund(known)
        return known
    if stage is RefundStage.SUCCEEDED:
        return _take(unit, known, cause)
    if stage is RefundStage.FAILED:
        # A hold that somebody ended before gives nothing back; the refund failed all the same.
        unit.ledger.execute([VoidHold(known.hold_id)], origin=SYSTEM)
        failed = replace(known.moved(stage, unit.opened_at), code=finding.code)
        return move_refund(unit, refund, failed, actions.REFUND_FAILED, cause)
    action = actions.REFUND_TAKEN if stage is RefundStage.PROCESSING else actions.REFUND_DOUBTED
    return move_refund(unit, refund, known.moved(stage, unit.opened_at), action)


def _take(unit: RefundUnit, refund: PaymentRefund, cause: RefundCause) -> PaymentRefund:
    """Post the money. If the ledger refuses, nothing is settled: whoever asks the provider again tries it again."""
    outcome = _post(unit, refund)
    if isinstance(outcome, Rejected):
        return doubt_refund(unit, refund, outcome.reason.code)
    taken = replace(refund, transaction_id=accepted_transaction(outcome).id)
    return move_refund(
        unit, refund, taken.moved(RefundStage.SUCCEEDED, unit.opened_at), actions.REFUND_SUCCEEDED, cause
    )


def _post(unit: RefundUnit, refund: PaymentRefund) -> Outcome:
    """Take what the hold keeps; if somebody ended the hold, what the account has."""
    source, said = Source(REFUND_SOURCE, str(refund.id)), {"payment": str(refund.payment_id)}
    capture = CaptureHold(refund.hold_id, refund.clearing_id, source=source, metadata=said)
    (outcome,) = unit.ledger.execute([capture], origin=SYSTEM)
    if not (isinstance(outcome, Rejected) and isinstance(outcome.reason, InvalidStateError)):
        return outcome
    lines = (Posting(refund.account_id, -refund.amount), Posting(refund.clearing_id, refund.amount))
    post = PostTransaction(lines, transaction_kind=REFUND_SOURCE, source=source, metadata=said)
    (outcome,) = unit.ledger.execute([post], origin=SYSTEM)
    return outcome
