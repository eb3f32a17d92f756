"""Disputes of payments: list and read; operators see those of everybody, and end reviews."""

from functools import partial
from typing import Final
from uuid import UUID

from bankcore.disputes.disputes import PaymentDisputeId
from bankcore.disputes.ports import DisputeQueries
from bankcore.disputes.review import ResolveDisputes
from bankcore.errors import InvalidStateError, NotFoundError, OutcomeUnknownError
from bankcore.payments.ask import ASKED_LATELY
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.disputes.shapes import DisputeResolutionBody, DisputeShape, DisputesQuery, present_dispute
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat

_KEY: Final = IdempotencyKeyHeader()
_DISPUTES: Final = CursorFormat("disputes", UUID, into=PaymentDisputeId)


def disputes_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/disputes`, of the caller's tenant."""
    blueprint = Blueprint("disputes", url_prefix="/v1/disputes", description="What payers' banks take back")
    _serve_reads(blueprint, services, caller)
    _serve_resolutions(blueprint, services, caller)
    return blueprint


def _serve_reads(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    queries_of = services.each(DisputeQueries)

    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.PAYMENTS_READ))
    @blueprint.arguments(DisputesQuery)
    @blueprint.response(200, DisputeShape, many=True)
    def list_disputes(caller: Caller, query: DisputesQuery) -> Answer:
        """List the disputes of your payments, latest first.

        Staff and services list those of everybody.
        """
        queries = queries_of(caller.principal.tenant_id)
        find = partial(queries.list_disputes, owner_id=caller.only_owner, status=query.status)
        found, page = _DISPUTES.page_by_id(query, find)
        return Answer([present_dispute(dispute) for dispute in found], page=page)

    @blueprint.route("/<uuid:dispute_id>")
    @blueprint.takes(caller.who_may(Permission.PAYMENTS_READ))
    @blueprint.response(200, DisputeShape)
    @blueprint.raises(NotFoundError)
    def get_dispute(caller: Caller, *, dispute_id: UUID) -> DisputeShape:
        """Read a dispute as its provider last told of it.

        It is answered where the bank logs in at the provider, until `respondBy`. The provider is asked soon after,
        unless it was in the last five minutes.
        """
        queries = queries_of(caller.principal.tenant_id)
        dispute = queries.get_dispute(PaymentDisputeId(dispute_id), owner_id=caller.only_owner)
        queries.hurry_dispute(dispute.id, unless_asked_within=ASKED_LATELY)
        return present_dispute(dispute)


def _serve_resolutions(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    resolve_of = services.each(ResolveDisputes)

    @blueprint.route("/<uuid:dispute_id>/resolve", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.PAYMENTS_REVIEW))
    @blueprint.takes(_KEY)
    @blueprint.arguments(DisputeResolutionBody)
    @blueprint.response(200, DisputeShape, message="Dispute resolved", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, InvalidStateError, OutcomeUnknownError)
    def resolve_dispute(caller: Caller, key: str, body: DisputeResolutionBody, *, dispute_id: UUID) -> Answer:
        """End the review of a dispute whose provider is asked no more.

        For operators. Nothing is posted.
        """
        resolve = resolve_of(caller.principal.tenant_id)
        resolved = resolve(body.command(PaymentDisputeId(dispute_id), key), origin=caller.acting_origin)
        return Answer(present_dispute(resolved.value), headers=replay_headers(replayed=resolved.replayed))
