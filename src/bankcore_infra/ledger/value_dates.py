"""The balance of what counts by an instant: that at the instant, and what is dated across it (docs/adr/0061)."""

from typing import Final

from bankcore_infra.db.exchange import Statement

# OFFSET keeps the planner from beginning at the entries, of which the account may have any number, and from asking for
# the last sequence again at each of them.
_MOVED_BY_DATED: Final = """coalesce((
    SELECT sum(e.amount_minor) FROM bankcore.transactions AS t
    CROSS JOIN LATERAL (
        SELECT line.amount_minor, line.account_id, line.sequence FROM bankcore.entries AS line
        WHERE line.tenant_id = t.tenant_id AND line.transaction_id = t.id OFFSET 0
    ) AS e
    WHERE t.tenant_id = $1::uuid AND {dated} AND e.account_id = $2::uuid AND e.sequence {side} last.sequence), 0)
"""
_LATER: Final = "t.effective_at < t.posted_at AND t.posted_at > $3::timestamptz AND t.effective_at <= $3::timestamptz"
_EARLIER: Final = "t.effective_at > t.posted_at AND t.effective_at > $3::timestamptz"
BALANCE_EFFECTIVE_AT: Final = Statement(f"""
    SELECT (
        coalesce(
            (SELECT e.balance_after_minor FROM bankcore.entries AS e
             WHERE e.tenant_id = $1::uuid AND e.account_id = $2::uuid AND e.sequence = last.sequence), 0)
        + {_MOVED_BY_DATED.format(dated=_LATER, side=">")}
        - {_MOVED_BY_DATED.format(dated=_EARLIER, side="<=")}
    )::bigint
    FROM (SELECT bankcore.last_sequence_at($1::uuid, $2::uuid, $3::timestamptz) AS sequence OFFSET 0) AS last
""")  # noqa: S608 - made of constants
"""Of tenant, account and instant."""
