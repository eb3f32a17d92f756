"""Filters of the audit log as SQL, each in the form that its index can answer."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from bankcore.audit.queries import AuditFilter, AuditOutcome, AuditPosition
from bankcore.identifiers import AccountId
from bankcore.ledger.actions import TRANSACTION_POSTED

COMMON_ACTION: Final = TRANSACTION_POSTED.name
"""The action of nearly every record, which therefore has no index of its own."""

_ROWS: Final = """
    SELECT * FROM {source} WHERE tenant_id = :tenant {conditions} ORDER BY at {order}, id {order} LIMIT :limit
"""
_LOG: Final = "bankcore.audit_log"
# Read through its own small index and no other: OFFSET keeps the planner from moving conditions in here.
_OF_MANY_ACCOUNTS: Final = """(
    SELECT * FROM bankcore.audit_log WHERE tenant_id = :tenant AND cardinality(account_ids) > 4
    ORDER BY at {order}, id {order} OFFSET 0
) AS of_many"""
# The account may stand at any place of the array: the first four have an index each, what has more is looked through.
_ACCOUNT_PLACES: Final = tuple(
    f"cardinality(account_ids) >= {place} AND account_ids[{place}] = :account" for place in range(1, 5)
)
_ACCOUNT_AMONG_MANY: Final = "account_ids @> ARRAY[CAST(:account AS uuid)]"


class Condition(NamedTuple):
    """One condition on the records: its SQL and its parameters."""

    sql: str
    parameters: dict[str, object]


def conditions_of(
    wanted: AuditFilter, *, before: AuditPosition | None = None, after: AuditPosition | None = None
) -> list[Condition]:
    """What must hold of a record that is wanted and lies beyond the position, but for its account."""
    return [
        *_time_conditions(wanted),
        *_position_conditions("<", before),
        *_position_conditions(">", after),
        *_fact_conditions(wanted),
    ]


def list_statement(
    conditions: Sequence[Condition], *, account_id: AccountId | None, order: str
) -> tuple[str, dict[str, object]]:
    """The statement for exactly these conditions, so that each is planned for what it does, with their parameters.

    Each place that the account may stand at is looked up in order by itself, and the first rows of all of them are put
    together; a record that several of them find is there once.
    """
    parameters = {name: value for condition in conditions for name, value in condition.parameters.items()}
    common = "".join(f" AND {condition.sql}" for condition in conditions)
    if account_id is None:
        return _ROWS.format(source=_LOG, conditions=common, order=order), parameters
    lookups = [(_LOG, f"{common} AND {place}") for place in _ACCOUNT_PLACES]
    lookups.append((_OF_MANY_ACCOUNTS.format(order=order), f"{common} AND {_ACCOUNT_AMONG_MANY}"))
    selects = [f"({_ROWS.format(source=source, conditions=each, order=order)})" for source, each in lookups]
    once = f"SELECT DISTINCT ON (at, id) * FROM ({' UNION ALL '.join(selects)}) AS found"  # noqa: S608 - no values in it
    return f"{once} ORDER BY at {order}, id {order} LIMIT :limit", {**parameters, "account": account_id}


def _time_conditions(wanted: AuditFilter) -> Iterator[Condition]:
    if wanted.from_instant is not None:
        yield Condition("at >= :from_at", {"from_at": wanted.from_instant})
    if wanted.to_instant is not None:
        yield Condition("at < :to_at", {"to_at": wanted.to_instant})


def _position_conditions(comparison: str, position: AuditPosition | None) -> Iterator[Condition]:
    if position is not None:
        # The indexes know the time only; the rest of the position decides between records of one instant.
        sql = f"at {comparison}= :cursor_at AND (at, id) {comparison} (:cursor_at, :cursor_id)"
        yield Condition(sql, {"cursor_at": position.at, "cursor_id": position.event_id})


def _fact_conditions(wanted: AuditFilter) -> Iterator[Condition]:
    if wanted.actor_id is not None:
        yield Condition("actor_id = :actor", {"actor": wanted.actor_id})
    if wanted.request_id is not None:
        yield Condition("request_id = :request", {"request": wanted.request_id})
    # Said twice, once as a constant, because a plan for any parameter could not use an index of some rows only.
    if wanted.action is not None:
        rare = "" if wanted.action == COMMON_ACTION else f" AND action <> '{COMMON_ACTION}'"
        yield Condition(f"action = :action{rare}", {"action": wanted.action})
    if wanted.outcome is not None:
        rare = "" if wanted.outcome is AuditOutcome.SUCCESS else " AND outcome <> 'success'"
        yield Condition(f"outcome = :outcome{rare}", {"outcome": str(wanted.outcome)})
