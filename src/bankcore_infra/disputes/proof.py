"""Whether the rows of disputes are as the log, and the books that follow from it, tell of them."""

from typing import Final

from bankcore.disputes import actions
from bankcore_infra.audit.verifying.row_proof import RowProof
from bankcore_infra.disputes.records import dispute_facts
from bankcore_infra.disputes.store import dispute_of

_CONTRADICTIONS: Final = {
    "was not booked by the transaction that it names": """
        SELECT 'dispute ' || dispute.id FROM bankcore.disputes AS dispute
        CROSS JOIN LATERAL (VALUES
            ('dispute', withdrawal_id, withdrawn_from, -(withdrawn_minor + withdrawn_fee_minor)),
            ('dispute_reinstatement', reinstatement_id, reinstated_to, reinstated_minor + reinstated_fee_minor),
            ('dispute_collection', collection_id, account_id, NULL)
        ) AS booked (source, transaction_id, account_id, minor)
        WHERE dispute.tenant_id = %s AND booked.transaction_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM bankcore.transactions AS t
            JOIN bankcore.entries AS entry ON entry.tenant_id = t.tenant_id AND entry.transaction_id = t.id
            WHERE t.tenant_id = dispute.tenant_id AND t.id = booked.transaction_id AND t.source_type = booked.source
            AND t.source_id = dispute.id::text AND entry.account_id = booked.account_id
            AND entry.amount_minor = coalesce(booked.minor, entry.amount_minor))
        LIMIT 1000
    """,
    "booked a dispute that does not name it": """
        SELECT 'transaction ' || t.id FROM bankcore.transactions AS t
        JOIN bankcore.disputes AS dispute ON dispute.tenant_id = t.tenant_id AND dispute.id::text = t.source_id
        WHERE t.tenant_id = %s AND t.source_type IN ('dispute', 'dispute_reinstatement', 'dispute_collection')
        AND t.id IS DISTINCT FROM CASE t.source_type WHEN 'dispute' THEN dispute.withdrawal_id
            WHEN 'dispute_reinstatement' THEN dispute.reinstatement_id ELSE dispute.collection_id END
        LIMIT 1000
    """,
}

PROOF: Final = RowProof(
    "dispute",
    "disputes",
    (
        actions.DISPUTE_OPENED,
        actions.DISPUTE_CHANGED,
        actions.DISPUTE_WITHDRAWN,
        actions.DISPUTE_COLLECTED,
        actions.DISPUTE_REINSTATED,
        actions.DISPUTE_WON,
        actions.DISPUTE_LOST,
        actions.DISPUTE_DOUBTED,
        actions.DISPUTE_RESOLVED,
    ),
    read=dispute_of,
    facts=dispute_facts,
    began=("was created", lambda dispute: dispute.created_at),
    contradictions=_CONTRADICTIONS,
)
