"""Filters of the audit log as SQL, each in the form that its index can answer."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from bankcore.audit.queries import AuditFilter, AuditOutcome, AuditPosition

COMMON_ACTION: Final = "transaction.posted"
"""The action of nearly every record, which therefore has no index of its own."""

_ROWS: Final = """
    SELECT * FROM bankcore.audit_log WHERE tenant_id = :tenant {conditions} ORDER BY at {order}, id {order} LIMIT :limit
"""
# The account may stand at any place of the array; each place has its index, and what has more of them one for all.
_ACCOUNT_PLACES: Final = (
    *(f"cardinality(account_ids) >= {place} AND account_ids[{place}] = :account" for place in range(1, 5)),
    "cardinality(account_ids) > 4 AND account_ids @> ARRAY[CAST(:account AS uuid)]",
)


class Condition(NamedTuple):
    """One condition on the records: its SQL, one alternative or several, and its parameters."""

    alternatives: Sequence[str]
    parameters: dict[str, object]


def conditions_of(
    wanted: AuditFilter, *, before: AuditPosition | None = None, after: AuditPosition | None = None
) -> list[Condition]:
    """What must hold of a record that is wanted and lies beyond the position."""
    return [
        *_time_conditions(wanted),
        *_position_conditions("<", before),
        *_position_conditions(">", after),
        *_fact_conditions(wanted),
    ]


def list_statement(conditions: Sequence[Condition], *, order: str) -> tuple[str, dict[str, object]]:
    """The statement for exactly these conditions, so that each is planned for what it does, with their parameters.

    Where a condition has alternatives, each is looked up in order by itself, and the first rows of all of them are put
    together; a record that several of them find is there once.
    """
    branches = [""]
    for condition in conditions:
        branches = [f"{branch} AND {one}" for branch in branches for one in condition.alternatives]
    parameters = {name: value for condition in conditions for name, value in condition.parameters.items()}
    selects = [_ROWS.format(conditions=branch, order=order) for branch in branches]
    if len(selects) == 1:
        return selects[0], parameters
    union = " UNION ALL ".join(f"({select})" for select in selects)
    once = f"SELECT DISTINCT ON (at, id) * FROM ({union}) AS found"  # noqa: S608 - constants and names of parameters
    return f"{once} ORDER BY at {order}, id {order} LIMIT :limit", parameters


def _time_conditions(wanted: AuditFilter) -> Iterator[Condition]:
    if wanted.from_instant is not None:
        yield Condition(["at >= :from_at"], {"from_at": wanted.from_instant})
    if wanted.to_instant is not None:
        yield Condition(["at < :to_at"], {"to_at": wanted.to_instant})


def _position_conditions(comparison: str, position: AuditPosition | None) -> Iterator[Condition]:
    if position is not None:
        # The indexes know the time only; the rest of the position decides between records of one instant.
        sql = f"at {comparison}= :cursor_at AND (at, id) {comparison} (:cursor_at, :cursor_id)"
        yield Condition([sql], {"cursor_at": position.at, "cursor_id": position.event_id})


def _fact_conditions(wanted: AuditFilter) -> Iterator[Condition]:
    if wanted.account_id is not None:
        yield Condition(_ACCOUNT_PLACES, {"account": wanted.account_id})
    if wanted.actor_id is not None:
        yield Condition(["actor_id = :actor"], {"actor": wanted.actor_id})
    if wanted.request_id is not None:
        yield Condition(["request_id = :request"], {"request": wanted.request_id})
    # Said twice, once as a constant, because a plan for any parameter could not use an index of some rows only.
    if wanted.action is not None:
        rare = "" if wanted.action == COMMON_ACTION else f" AND action <> '{COMMON_ACTION}'"
        yield Condition([f"action = :action{rare}"], {"action": wanted.action})
    if wanted.outcome is not None:
        rare = "" if wanted.outcome is AuditOutcome.SUCCESS else " AND outcome <> 'success'"
        yield Condition([f"outcome = :outcome{rare}"], {"outcome": str(wanted.outcome)})
