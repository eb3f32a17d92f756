"""Cases out of and into their rows."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row

from bankcore.fraud.cases import CaseStatus, Decision, FraudCase, FraudCaseId
from bankcore.fraud.ports import CaseFilter, Cover
from bankcore.fraud.signals import Rule, Score, Signal
from bankcore.identifiers import AccountId, TenantId, TransactionId
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.identifiers import ID_LAST

# Each look-up asks for an order that only its own index has. While the table is small, the planner takes the index of
# an account's cases for as good as the others, and would keep it in the plan when the cases grow.
COVERS: Final = Statement("""
    SELECT coalesce((
        SELECT true FROM bankcore.fraud_cases AS stored
        WHERE stored.tenant_id = $1::uuid AND stored.account_id = wanted.account_id
          AND stored.transaction_id BETWEEN wanted.transaction_id AND wanted.transaction_id
        ORDER BY stored.transaction_id LIMIT 1
    ), false), coalesce((
        SELECT stored.score FROM bankcore.fraud_cases AS stored
        WHERE stored.tenant_id = $1::uuid AND stored.account_id = wanted.account_id AND stored.status = 'open'
        ORDER BY stored.score DESC LIMIT 1
    ), 0)
    FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS wanted (account_id, transaction_id, place)
    ORDER BY wanted.place
""")
_ADD: Final = """
    INSERT INTO bankcore.fraud_cases
        (tenant_id, id, account_id, transaction_id, opened_at, score, froze_account, signals)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s::jsonb)
"""
_UPDATE: Final = """
    UPDATE bankcore.fraud_cases SET status = %s, decided_at = %s, decided_by = %s, note = %s
    WHERE tenant_id = %s AND id = %s
"""
_FIND: Final = """
    SELECT tenant_id, id, account_id, transaction_id, opened_at, decided_at, froze_account, status, decided_by, note,
           signals
    FROM bankcore.fraud_cases
    WHERE tenant_id = %s AND id = %s
"""
# A statement for exactly the filters that are set: a plan for all filters would use no index.
_LIST: Final = """
    SELECT tenant_id, id, account_id, transaction_id, opened_at, decided_at, froze_account, status, decided_by, note,
           signals
    FROM bankcore.fraud_cases
    WHERE tenant_id = %s AND id < %s {conditions}
    ORDER BY id DESC LIMIT %s
"""


def find_covers(connection: TenantConnection, movements: Sequence[tuple[AccountId, TransactionId]]) -> list[Cover]:
    """What covers each of these movements, in their order, by two look-ups each."""
    account_ids, transaction_ids = zip(*movements, strict=True)
    rows = connection.ask(COVERS, connection.tenant_id, arrays.uuids(account_ids), arrays.uuids(transaction_ids))
    return [Cover._make(row) for row in rows]


def add_case(connection: TenantConnection, case: FraudCase) -> None:
    """Add the case; a second one for its movement is a unique violation, which counts as a lost race."""
    movement = (case.account_id, case.transaction_id, case.opened_at)
    signals = json.dumps([_document_of(signal) for signal in case.score.signals])
    found = (case.score.points, case.froze_account, signals)
    connection.sql.exec_driver_sql(_ADD, (connection.tenant_id, case.id, *movement, *found))


def update_case(connection: TenantConnection, case: FraudCase) -> None:
    """Write status and decision."""
    decision = case.decision
    decided = (None, None, None) if decision is None else (decision.at, decision.by, decision.note)
    connection.sql.exec_driver_sql(_UPDATE, (case.status, *decided, connection.tenant_id, case.id))


def find_case(connection: TenantConnection, case_id: FraudCaseId) -> FraudCase | None:
    """The case with that id."""
    row = connection.sql.exec_driver_sql(_FIND, (connection.tenant_id, case_id)).one_or_none()
    return None if row is None else case_of(row)


def list_cases(
    connection: TenantConnection, wanted: CaseFilter, *, before: FraudCaseId | None, limit: int
) -> Sequence[FraudCase]:
    """The cases, latest first: ids of version 7 sort in the order in which they were made."""
    filters = {"status": wanted.status, "account_id": wanted.account_id}
    asked = {column: value for column, value in filters.items() if value is not None}
    statement = _LIST.format(conditions=" ".join(f"AND {column} = %s" for column in asked))
    parameters = (connection.tenant_id, before or ID_LAST, *asked.values(), limit)
    rows = connection.sql.exec_driver_sql(statement, parameters)
    return [case_of(row) for row in rows]


def case_of(row: Row[Any]) -> FraudCase:
    """A case out of its row."""
    is_decided = row.decided_at is not None
    return FraudCase(
        tenant_id=TenantId(row.tenant_id),
        id=FraudCaseId(row.id),
        account_id=AccountId(row.account_id),
        transaction_id=TransactionId(row.transaction_id),
        score=Score(tuple(_signal_of(document) for document in row.signals)),
        froze_account=row.froze_account,
        status=CaseStatus(row.status),
        opened_at=row.opened_at,
        decision=Decision(by=row.decided_by, at=row.decided_at, note=row.note) if is_decided else None,
    )


def _document_of(signal: Signal) -> dict[str, object]:
    return {
        "rule": signal.rule.value,
        "points": signal.points,
        "explanation": signal.explanation,
        "facts": dict(signal.facts),
    }


def _signal_of(document: dict[str, Any]) -> Signal:
    return Signal(Rule(document["rule"]), document["points"], document["explanation"], document["facts"])
