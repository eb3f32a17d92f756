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
    WHERE t.tenant_id = {tenant} AND {dated} AND e.account_id = {account} AND e.sequence {side} last.sequence), 0)
"""
_LATER: Final = "t.effective_at < t.posted_at AND t.posted_at > {instant} AND t.effective_at <= {instant}"
_EARLIER: Final = "t.effective_at > t.posted_at AND t.effective_at > {instant}"


def balance_effective_at(*, tenant: str, account: str, instant: str) -> str:
    """The question for these three, each a parameter or a column."""
    names = {"tenant": tenant, "account": account, "instant": instant}
    later = _MOVED_BY_DATED.format(dated=_LATER.format(instant=instant), side=">", **names)
    earlier = _MOVED_BY_DATED.format(dated=_EARLIER.format(instant=instant), side="<=", **names)
    return f"""
        SELECT (
            coalesce(
                (SELECT e.balance_after_minor FROM bankcore.entries AS e
                 WHERE e.tenant_id = {tenant} AND e.account_id = {account} AND e.sequence = last.sequence), 0)
            + {later}
            - {earlier}
        )::bigint
        FROM (SELECT bankcore.last_sequence_at({tenant}, {account}, {instant}) AS sequence OFFSET 0) AS last
    """  # noqa: S608 - made of constants


BALANCE_EFFECTIVE_AT: Final = Statement(
    balance_effective_at(tenant="$1::uuid", account="$2::uuid", instant="$3::timestamptz")
)
"""Of tenant, account and instant."""
