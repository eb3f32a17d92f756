"""Filters of the audit log as SQL, each in a form that an index can answer."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from bankcore.audit.queries import AuditFilter, AuditOutcome, AuditPosition
from bankcore.identifiers import AccountId
from bankcore.ledger.actions import TRANSACTION_POSTED

COMMON_ACTION: Final = TRANSACTION_POSTED.name
"""The action of nearly every record, which therefore has no index of its own."""

NOT_BY_ENTRIES: Final = f"(action = '{TRANSACTION_POSTED.name}' AND id = subject_id) IS NOT TRUE"
"""True for records that no entry of an account leads to; only these are in the indexes of accounts."""

_ROWS: Final = """
    SELECT * FROM {source} WHERE tenant_id = %(tenant)s {conditions} ORDER BY at {order}, id {order} LIMIT %(limit)s
"""
_LOG: Final = "bankcore.audit_log"
# OFFSET keeps the planner from moving conditions in here, so that the small index of these records is used.
_OF_MANY_ACCOUNTS: Final = f"""(
    SELECT * FROM bankcore.audit_log WHERE tenant_id = %(tenant)s AND cardinality(account_ids) > 4 AND {NOT_BY_ENTRIES}
    ORDER BY at {{order}}, id {{order}} OFFSET 0
) AS of_many"""  # noqa: S608 - made of constants
# The account may stand at any place of the array. The first four places have an index each; longer arrays are scanned.
_ACCOUNT_PLACES: Final = tuple(
    f"cardinality(account_ids) >= {place} AND account_ids[{place}] = %(account)s AND {NOT_BY_ENTRIES}"
    for place in range(1, 5)
)
_ACCOUNT_AMONG_MANY: Final = "account_ids @> ARRAY[CAST(%(account)s AS uuid)]"
# The records of transactions, by way of the entries of the account, from their end, or from the ends of the parts where
# its time began anew: only within a part is their order that of their instants. Of several entries of one transaction
# the last one leads to it. The record is one look-up by its key, which the order keeps the planner to.
_BY_ENTRIES: Final = """
    SELECT log.* FROM (
        SELECT begin.first, coalesce(lead(begin.first) OVER (ORDER BY begin.first), 9223372036854775807) AS beyond
        FROM (
            SELECT CAST(1 AS bigint) AS first
            UNION ALL
            SELECT sequence FROM bankcore.time_breaks WHERE tenant_id = %(tenant)s AND account_id = %(account)s
        ) AS begin
    ) AS part
    CROSS JOIN LATERAL (
        SELECT log.* FROM bankcore.entries AS e
        CROSS JOIN LATERAL (
            SELECT * FROM bankcore.audit_log
            WHERE tenant_id = %(tenant)s AND id BETWEEN e.transaction_id AND e.transaction_id AND subject_id = id
            ORDER BY id LIMIT 1
        ) AS log
        WHERE e.tenant_id = %(tenant)s AND e.account_id = %(account)s
          AND e.sequence >= part.first AND e.sequence < part.beyond
          AND e.sequence > CASE WHEN part.beyond < 9223372036854775807 THEN 0 ELSE
              bankcore.last_sequence_at(%(tenant)s, %(account)s, {since} - interval '1 microsecond') END
          {until}
          AND (
              SELECT next.transaction_id FROM bankcore.entries AS next
              WHERE next.tenant_id = e.tenant_id AND next.account_id = e.account_id
                AND next.sequence = e.sequence + 1) IS DISTINCT FROM e.transaction_id
          {conditions}
        ORDER BY e.sequence DESC
        LIMIT %(limit)s
    ) AS log
"""
# One day more, because clocks differ.
_SINCE: Final = "(SELECT records_named_since - interval '1 day' FROM bankcore.tenants WHERE id = %(tenant)s)"
_UNTIL: Final = "AND e.sequence <= bankcore.last_sequence_at(%(tenant)s, %(account)s, {})"


class Condition(NamedTuple):
    """One condition on the records: its SQL and its parameters."""

    sql: str
    parameters: dict[str, object]


def conditions_of(
    wanted: AuditFilter, *, before: AuditPosition | None = None, after: AuditPosition | None = None
) -> list[Condition]:
    """The conditions of the filter and the position, without the account."""
    return [
        *_time_conditions(wanted),
        *_position_conditions("<", before),
        *_position_conditions(">", after),
        *_fact_conditions(wanted),
    ]


def list_statement(
    conditions: Sequence[Condition], *, account_id: AccountId | None, order: str
) -> tuple[str, dict[str, object]]:
    """The statement for exactly these conditions, with their parameters, so that each combination has a plan of its
    own.

    Each place of the account and its entries are looked up in order by themselves, and the first rows of all are
    merged. A record that several of them find appears once. By account, the latest come first.
    """
    parameters = {name: value for condition in conditions for name, value in condition.parameters.items()}
    common = "".join(f" AND {condition.sql}" for condition in conditions)
    if account_id is None:
        return _ROWS.format(source=_LOG, conditions=common, order=order), parameters
    lookups = [(_LOG, f"{common} AND {place}") for place in _ACCOUNT_PLACES]
    lookups.append((_OF_MANY_ACCOUNTS.format(order=order), f"{common} AND {_ACCOUNT_AMONG_MANY}"))
    selects = [f"({_ROWS.format(source=source, conditions=each, order=order)})" for source, each in lookups]
    if _may_be_posted(parameters):
        selects.append(f"({_by_entries(common, parameters)})")
    once = f"SELECT DISTINCT ON (at, id) * FROM ({' UNION ALL '.join(selects)}) AS found"  # noqa: S608 - no values in it
    return f"{once} ORDER BY at {order}, id {order} LIMIT %(limit)s", {**parameters, "account": account_id}


def _may_be_posted(parameters: dict[str, object]) -> bool:
    """Whether a posted transaction can have what is asked for."""
    return (
        parameters.get("action", COMMON_ACTION) == COMMON_ACTION and parameters.get("outcome", "success") == "success"
    )


def _by_entries(conditions: str, parameters: dict[str, object]) -> str:
    since = f"greatest({_SINCE}, %(from_at)s)" if "from_at" in parameters else _SINCE
    until = " ".join(_UNTIL.format(f"%({name})s") for name in ("cursor_at", "to_at") if name in parameters)
    return _BY_ENTRIES.format(since=since, until=until, conditions=conditions)


def _time_conditions(wanted: AuditFilter) -> Iterator[Condition]:
    if wanted.from_instant is not None:
        yield Condition("at >= %(from_at)s", {"from_at": wanted.from_instant})
    if wanted.to_instant is not None:
        yield Condition("at < %(to_at)s", {"to_at": wanted.to_instant})


def _position_conditions(comparison: str, position: AuditPosition | None) -> Iterator[Condition]:
    if position is not None:
        # The indexes hold only the time; the rest of the position orders records of one instant.
        sql = f"at {comparison}= %(cursor_at)s AND (at, id) {comparison} (%(cursor_at)s, %(cursor_id)s)"
        yield Condition(sql, {"cursor_at": position.at, "cursor_id": position.event_id})


def _fact_conditions(wanted: AuditFilter) -> Iterator[Condition]:
    if wanted.actor_id is not None:
        yield Condition("actor_id = %(actor)s", {"actor": wanted.actor_id})
    if wanted.request_id is not None:
        yield Condition("request_id = %(request)s", {"request": wanted.request_id})
    # Stated twice, once as a constant, because a plan with a parameter cannot use a partial index.
    if wanted.action is not None:
        rare = "" if wanted.action == COMMON_ACTION else f" AND action <> '{COMMON_ACTION}'"
        yield Condition(f"action = %(action)s{rare}", {"action": wanted.action})
    if wanted.outcome is not None:
        rare = "" if wanted.outcome is AuditOutcome.SUCCESS else " AND outcome <> 'success'"
        yield Condition(f"outcome = %(outcome)s{rare}", {"outcome": str(wanted.outcome)})
