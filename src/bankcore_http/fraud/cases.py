"""Pages of cases, and decisions on them."""

from functools import partial
from typing import Final
from uuid import UUID

from bankcore.fraud.cases import FraudCaseId, Verdict
from bankcore.fraud.ports import CaseFilter, FraudQueries
from bankcore.fraud.review import DecideCase, Review
from bankcore.identifiers import AccountId
from bankcore.origin import Origin
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.fraud.shapes import CasesQuery, present_case
from bankcore_http.reading.pagination import CursorFormat

_CASES: Final = CursorFormat("fraud-cases", UUID, into=FraudCaseId)


def read_cases(queries: FraudQueries, query: CasesQuery) -> Answer:
    """One page of cases, latest first; InvalidRequestError for a cursor of another list."""
    account_id = None if query.account_id is None else AccountId(query.account_id)
    wanted = CaseFilter(status=query.status, account_id=account_id)
    found, page = _CASES.page_by_id(query, partial(queries.list_cases, wanted))
    return Answer([present_case(case) for case in found], page=page)


def decide_case(review: Review, case_id: UUID, verdict: Verdict, *, note: str, key: str, origin: Origin) -> Answer:
    """Decide the case, and show it as decided."""
    command = DecideCase(case_id=FraudCaseId(case_id), verdict=verdict, note=note, idempotency_key=key)
    decided = review(command, origin=origin)
    return Answer(present_case(decided.value), headers=replay_headers(replayed=decided.replayed))
