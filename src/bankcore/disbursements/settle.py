"""Settles a locked disbursement by what was found: moves it forward, and the money with it, or asks for a person."""

from dataclasses import replace
from typing import Final

from bankcore.disbursements import actions
from bankcore.disbursements.disbursements import Disbursement, DisbursementStatus
from bankcore.disbursements.findings import PayoutFinding
from bankcore.disbursements.moving import SYSTEM, doubt, move
from bankcore.disbursements.ports import DisbursementUnit
from bankcore.disbursements.postings import give_back, put_back, take
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import TenantId
from bankcore.ledger.outcomes import accepted_transaction

CONTRADICTED: Final = "contradicted"
"""The provider says that it paid what it had said to have failed, or the other way round."""
_AT_PROVIDER: Final = frozenset({DisbursementStatus.SENT, DisbursementStatus.UNKNOWN})


def settle_payout(
    unit: DisbursementUnit, tenant_id: TenantId, disbursement: Disbursement, finding: PayoutFinding
) -> Disbursement:
    """Move it as far as the finding says, and never back. Returns how it stands now.

    Whatever contradicts what we know moves nothing, and is there for a person to look at.
    """
    if finding.mismatch is not None:
        return doubt(unit, disbursement, finding.mismatch)
    known = replace(disbursement, provider_id=disbursement.provider_id or finding.provider_id)
    status = finding.status
    if status is DisbursementStatus.RETURNED and disbursement.status in _AT_PROVIDER:
        # It left and came back before we heard of it: nothing of it was booked.
        status = DisbursementStatus.FAILED
    if status is None or not known.can_become(status):
        return _keep(unit, disbursement, known, status)
    if status is DisbursementStatus.UNKNOWN:
        return move(unit, disbursement, known.moved(status), actions.DISBURSEMENT_DOUBTED, SYSTEM)
    if status is DisbursementStatus.FAILED:
        give_back(unit.ledger, disbursement, SYSTEM)
        failed = replace(known.moved(status).reviewed(), code=finding.code, due_at=None)
        return move(unit, disbursement, failed, actions.DISBURSEMENT_FAILED, SYSTEM)
    if status is DisbursementStatus.PAID:
        return _pay(unit, tenant_id, disbursement, known)
    return _put_back(unit, disbursement, known)


def _keep(
    unit: DisbursementUnit, before: Disbursement, known: Disbursement, status: DisbursementStatus | None
) -> Disbursement:
    """Nothing new, or what cannot be: the id by which the provider is asked is kept as soon as it is told."""
    if known != before:
        unit.update_disbursement(known)
    was = {before.status, status}
    if was == {DisbursementStatus.PAID, DisbursementStatus.FAILED}:
        return doubt(unit, known, CONTRADICTED)
    return known


def _pay(unit: DisbursementUnit, tenant_id: TenantId, before: Disbursement, known: Disbursement) -> Disbursement:
    """Post the money. If the ledger refuses, nothing is settled: whoever asks the provider again tries it again."""
    outcome = take(unit.ledger, tenant_id, known, SYSTEM)
    if isinstance(outcome, Rejected):
        return doubt(unit, known, outcome.reason.code)
    paid = replace(known.moved(DisbursementStatus.PAID).reviewed(), transaction_id=accepted_transaction(outcome).id)
    return move(unit, before, paid, actions.DISBURSEMENT_PAID, SYSTEM)


def _put_back(unit: DisbursementUnit, before: Disbursement, known: Disbursement) -> Disbursement:
    """Put back what came back, by a new transaction. If the ledger refuses, it is tried again as above."""
    outcome = put_back(unit.ledger, known, SYSTEM)
    if isinstance(outcome, Rejected):
        return doubt(unit, known, outcome.reason.code)
    back = replace(known.moved(DisbursementStatus.RETURNED).reviewed(), return_id=accepted_transaction(outcome).id)
    return move(unit, before, replace(back, due_at=None), actions.DISBURSEMENT_RETURNED, SYSTEM)
