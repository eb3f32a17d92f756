"""Fraud cases for operators: list, read, clear, confirm."""

from typing import Final
from uuid import UUID

from flask import Response

from bankcore.errors import InvalidStateError, NotFoundError, OutcomeUnknownError
from bankcore.fraud.cases import FraudCaseId, Verdict
from bankcore.fraud.ports import FraudQueries
from bankcore.fraud.review import Review
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.fraud.cases import decide_case, read_cases
from bankcore_http.fraud.shapes import CasesQuery, DecisionBody, FraudCaseShape, present_case
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader

_KEY: Final = IdempotencyKeyHeader()


def fraud_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/admin/fraud-cases`, on the cases of the caller's tenant."""
    queries_of, review_of = services.each(FraudQueries), services.each(Review)
    blueprint = Blueprint("fraud-cases", url_prefix="/v1/admin/fraud-cases", description="What looked like fraud")

    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.FRAUD_CASES_READ))
    @blueprint.arguments(CasesQuery)
    @blueprint.response(200, FraudCaseShape, many=True)
    def list_cases(caller: Caller, query: CasesQuery) -> Answer:
        """List cases, latest first.

        For operators. A case is opened for a movement that met enough rules.
        """
        return read_cases(queries_of(caller.principal.tenant_id), query)

    @blueprint.route("/<uuid:case_id>")
    @blueprint.takes(caller.who_may(Permission.FRAUD_CASES_READ))
    @blueprint.response(200, FraudCaseShape)
    @blueprint.raises(NotFoundError)
    def get_case(caller: Caller, *, case_id: UUID) -> FraudCaseShape:
        """Read one case.

        For operators. Its signals tell which rules were met, and with what numbers.
        """
        return present_case(queries_of(caller.principal.tenant_id).get_case(FraudCaseId(case_id)))

    @blueprint.route("/<uuid:case_id>/clear", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.FRAUD_CASES_DECIDE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(DecisionBody)
    @blueprint.response(200, FraudCaseShape, message="Case cleared", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, InvalidStateError, OutcomeUnknownError)
    def clear_case(caller: Caller, key: str, body: DecisionBody, *, case_id: UUID) -> Answer | Response:
        """Decide that it was innocent.

        For operators. The decision is final. An account that was frozen for this case stays so until an
        operator unfreezes it.
        """
        review, note = review_of(caller.principal.tenant_id), body.note
        return decide_case(review, case_id, Verdict.CLEARED, note=note, key=key, origin=caller.acting_origin)

    @blueprint.route("/<uuid:case_id>/confirm", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.FRAUD_CASES_DECIDE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(DecisionBody)
    @blueprint.response(200, FraudCaseShape, message="Case confirmed", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, InvalidStateError, OutcomeUnknownError)
    def confirm_case(caller: Caller, key: str, body: DecisionBody, *, case_id: UUID) -> Answer | Response:
        """Decide that it was fraud.

        For operators. The decision is final. An account that was frozen for this case stays so.
        """
        review, note = review_of(caller.principal.tenant_id), body.note
        return decide_case(review, case_id, Verdict.CONFIRMED, note=note, key=key, origin=caller.acting_origin)

    return blueprint
