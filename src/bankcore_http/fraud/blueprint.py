"""Fraud cases for operators: list, read, clear, confirm."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from flask import Response

from bankcore.errors import InvalidStateError, NotFoundError, OutcomeUnknownError
from bankcore.fraud.cases import FraudCaseId, Verdict
from bankcore.fraud.ports import FraudQueries
from bankcore.fraud.review import Review
from bankcore.identity.users import Role
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.fraud.cases import decide_case, read_cases
from bankcore_http.fraud.presenters import present_case
from bankcore_http.fraud.schemas import CasesQuery, DecisionBody, FraudCaseSchema
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader

_KEY: Final = IdempotencyKeyHeader()


def fraud_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/admin/fraud-cases`, on the cases of the caller's tenant."""
    queries_of, review_of = services.each(FraudQueries), services.each(Review)
    blueprint = Blueprint("fraud-cases", url_prefix="/v1/admin/fraud-cases", description="What looked like fraud")
    staff = caller.require_role(Role.OPERATOR, Role.ADMIN)

    @blueprint.route("")
    @blueprint.takes(staff)
    @blueprint.arguments(CasesQuery, location="query")
    @blueprint.response(200, FraudCaseSchema, many=True)
    def list_cases(caller: Caller, query: Mapping[str, Any]) -> Answer:
        """List cases, latest first."""
        return read_cases(queries_of(caller.principal.tenant_id), query)

    @blueprint.route("/<uuid:case_id>")
    @blueprint.takes(staff)
    @blueprint.response(200, FraudCaseSchema)
    @blueprint.raises(NotFoundError)
    def get_case(caller: Caller, *, case_id: UUID) -> dict[str, object]:
        """Read one case."""
        return present_case(queries_of(caller.principal.tenant_id).get_case(FraudCaseId(case_id)))

    @blueprint.route("/<uuid:case_id>/clear", methods=["POST"])
    @blueprint.takes(staff)
    @blueprint.takes(_KEY)
    @blueprint.arguments(DecisionBody)
    @blueprint.response(200, FraudCaseSchema, message="Case cleared", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, InvalidStateError, OutcomeUnknownError)
    def clear_case(caller: Caller, key: str, body: dict[str, str], *, case_id: UUID) -> Answer | Response:
        """Decide that it was innocent."""
        review, note = review_of(caller.principal.tenant_id), body["note"]
        return decide_case(review, case_id, Verdict.CLEARED, note=note, key=key, origin=caller.staff_origin)

    @blueprint.route("/<uuid:case_id>/confirm", methods=["POST"])
    @blueprint.takes(staff)
    @blueprint.takes(_KEY)
    @blueprint.arguments(DecisionBody)
    @blueprint.response(200, FraudCaseSchema, message="Case confirmed", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, InvalidStateError, OutcomeUnknownError)
    def confirm_case(caller: Caller, key: str, body: dict[str, str], *, case_id: UUID) -> Answer | Response:
        """Decide that it was fraud."""
        review, note = review_of(caller.principal.tenant_id), body["note"]
        return decide_case(review, case_id, Verdict.CONFIRMED, note=note, key=key, origin=caller.staff_origin)

    return blueprint
