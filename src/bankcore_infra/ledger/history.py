"""The question for one page of an owner's history."""

from collections.abc import Iterator
from typing import Final

from bankcore.identifiers import TenantId
from bankcore.ledger.queries import HistoryFilter, HistoryPosition
from bankcore_infra.db.exchange import Parameter, Sent, Statement

# Each account contributes its own latest matching transactions, found from the end of its entries, or of each of their
# parts where its time began anew: only within a part is their order that of their instants. An account that
# appears in a transaction several times contributes the last of these entries. Whether the next one is of the same is
# a scalar subquery, because NOT EXISTS is planned as a join, which read the whole account for each of its entries.
_HISTORY: Final = """
    SELECT found.posted_at, found.transaction_id
    FROM bankcore.accounts AS account
    CROSS JOIN LATERAL (
        SELECT begin.first, coalesce(lead(begin.first) OVER (ORDER BY begin.first), account.version + 1) AS beyond
        FROM (
            SELECT 1::bigint AS first
            UNION ALL
            SELECT b.sequence FROM bankcore.time_breaks AS b
            WHERE b.tenant_id = account.tenant_id AND b.account_id = account.id
        ) AS begin
    ) AS part
    CROSS JOIN LATERAL (
        SELECT e.posted_at, e.transaction_id
        FROM bankcore.entries AS e
        {join}
        WHERE e.tenant_id = account.tenant_id AND e.account_id = account.id
          AND e.sequence >= part.first AND e.sequence < part.beyond
          AND (
              SELECT next.transaction_id FROM bankcore.entries AS next
              WHERE next.tenant_id = e.tenant_id AND next.account_id = e.account_id
                AND next.sequence = e.sequence + 1) IS DISTINCT FROM e.transaction_id
          {conditions}
        ORDER BY e.sequence DESC
        LIMIT {reach}
    ) AS found
    WHERE account.tenant_id = $1::uuid AND account.owner_id = $2::text {of_account}
    GROUP BY found.posted_at, found.transaction_id
    ORDER BY found.posted_at DESC, found.transaction_id DESC
    OFFSET $3::bigint LIMIT $4::bigint
"""
_JOIN_TRANSACTION: Final = """
        JOIN bankcore.transactions AS t ON t.tenant_id = e.tenant_id AND t.id = e.transaction_id
        LEFT JOIN bankcore.currencies AS c ON c.code = t.currency
"""
_SEQUENCE_AT: Final = "bankcore.last_sequence_at(account.tenant_id, account.id, {})"
_JUST_BEFORE: Final = "{} - interval '1 microsecond'"


def history_question(
    tenant_id: TenantId, wanted: HistoryFilter, before: HistoryPosition | None, *, offset: int, limit: int
) -> Sent:
    """Rows of instant and transaction id, the latest first; a statement for exactly the filters that are set.

    How far each account is read is a number in the text, because a plan for any number would read a whole account; it
    is a power of two, so that there are few such statements. Only pages without filters are kept prepared.
    """
    values = _Values([tenant_id, wanted.owner_id, offset, limit])
    of_account = "" if wanted.account_id is None else f"AND account.id = {values.add(wanted.account_id, 'uuid')}"
    on_transaction = list(_conditions_on_transaction(wanted, values))
    on_time = list(_conditions_on_time(wanted, before, values))
    has_period = wanted.from_instant is not None or wanted.to_instant is not None
    is_plain = not on_transaction and not has_period and offset == 0
    text = _HISTORY.format(
        join=_JOIN_TRANSACTION if on_transaction else "",
        conditions="\n          ".join([*on_time, *on_transaction]),
        of_account=of_account,
        reach=1 << (offset + limit - 1).bit_length(),
    )
    return Sent(Statement(text, is_prepared=is_plain), values.all)


class _Values:
    """The parameters of a statement, in the order of their numbers."""

    def __init__(self, first: list[Parameter]) -> None:
        self.all = first

    def add(self, value: Parameter, type_name: str) -> str:
        """Its place in the text."""
        self.all.append(value)
        return f"${len(self.all)}::{type_name}"


def _conditions_on_time(wanted: HistoryFilter, before: HistoryPosition | None, values: _Values) -> Iterator[str]:
    if before is not None:
        instant = values.add(before.posted_at, "timestamptz")
        yield f"AND e.sequence <= {_SEQUENCE_AT.format(instant)}"
        yield f"AND (e.posted_at, e.transaction_id) < ({instant}, {values.add(before.transaction_id, 'uuid')})"
    for comparison, bound in ((">", wanted.from_instant), ("<=", wanted.to_instant)):
        if bound is not None:
            just_before = _JUST_BEFORE.format(values.add(bound, "timestamptz"))
            yield f"AND e.sequence {comparison} {_SEQUENCE_AT.format(just_before)}"


def _conditions_on_transaction(wanted: HistoryFilter, values: _Values) -> Iterator[str]:
    for column, text in (("kind", wanted.kind), ("reference", wanted.reference)):
        if text is not None:
            yield f"AND t.{column} = {values.add(text, 'text')}"
    for comparison, amount in ((">=", wanted.amount_min), ("<=", wanted.amount_max)):
        if amount is not None:
            yield f"AND t.amount_minor {comparison} {values.add(amount, 'numeric')} * power(10::numeric, c.exponent)"
