"""Whether approvals are as the log tells of them, and each approved one has the transaction that bears its name."""

from typing import Final

from bankcore.approvals import actions
from bankcore_infra.approvals.records import approval_facts
from bankcore_infra.approvals.store import approval_of
from bankcore_infra.audit.verifying.row_proof import RowProof

_CONTRADICTIONS: Final = {
    "is not the one whose transaction it names": """
        SELECT 'approval ' || approval.id FROM bankcore.approvals AS approval
        WHERE approval.tenant_id = %s AND approval.status = 'approved' AND NOT EXISTS (
            SELECT FROM bankcore.transactions AS t
            WHERE t.tenant_id = approval.tenant_id AND t.id = approval.transaction_id
              AND t.source_type = 'approval' AND t.source_id = approval.id::text)
        LIMIT 1000
    """,
    "was made for an approval that is not approved": """
        SELECT 'transaction ' || t.id FROM bankcore.transactions AS t
        WHERE t.tenant_id = %s AND t.source_type = 'approval' AND NOT EXISTS (
            SELECT FROM bankcore.approvals AS approval
            WHERE approval.tenant_id = t.tenant_id AND approval.transaction_id = t.id AND approval.status = 'approved')
        LIMIT 1000
    """,
}

PROOF: Final = RowProof(
    "approval",
    "approvals",
    (actions.APPROVAL_REQUESTED, actions.APPROVAL_APPROVED, actions.APPROVAL_REJECTED, actions.APPROVAL_WITHDRAWN),
    read=approval_of,
    facts=approval_facts,
    began=("was requested", lambda approval: approval.requested_at),
    ended_at=lambda approval: None if approval.ending is None else approval.ending.at,
    contradictions=_CONTRADICTIONS,
)
