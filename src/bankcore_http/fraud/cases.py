"""Pages of cases, and decisions on them."""

from collections.abc import Mapping
from typing import Any, Final, cast
from uuid import UUID

from bankcore.fraud.cases import CaseStatus, FraudCaseId, Verdict
from bankcore.fraud.ports import CaseFilter, FraudQueries
from bankcore.fraud.review import DecideCase, Review
from bankcore.origin import Origin
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.fraud.presenters import present_case
from bankcore_http.reading.pagination import CursorFormat

_CASES: Final = CursorFormat("fraud-cases", UUID)


def read_cases(queries: FraudQueries, query: Mapping[str, Any]) -> Answer:
    """One page of cases, latest first; InvalidRequestError for a cursor of another list."""
    limit, position = query["limit"], _CASES.read(query)
    before = None if position is None else FraudCaseId(cast("UUID", position[0]))
    status = None if query["status"] is None else CaseStatus(query["status"])
    wanted = CaseFilter(status=status, account_id=query["account_id"])
    # One more than asked for tells whether another page follows.
    found = queries.list_cases(wanted, before=before, limit=limit + 1)
    shown = found[:limit]
    next_position = (shown[-1].id,) if len(found) > limit else None
    return Answer([present_case(case) for case in shown], page=_CASES.page(query, next_position))


def decide_case(review: Review, case_id: UUID, verdict: Verdict, *, note: str, key: str, origin: Origin) -> Answer:
    """Decide the case, and show what came of it."""
    command = DecideCase(case_id=FraudCaseId(case_id), verdict=verdict, note=note, idempotency_key=key)
    decided = review(command, origin=origin)
    return Answer(present_case(decided.value), headers=replay_headers(replayed=decided.replayed))
