"""Disputes of payments: list and read; operators see those of everybody."""

from typing import Final
from uuid import UUID

from bankcore.disputes.disputes import PaymentDisputeId
from bankcore.disputes.ports import DisputeQueries
from bankcore.errors import NotFoundError
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.disputes.shapes import DisputeShape, DisputesQuery, present_dispute
from bankcore_http.reading.pagination import CursorFormat

_DISPUTES: Final = CursorFormat("disputes", UUID, into=PaymentDisputeId)


def disputes_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/disputes`, of the caller's tenant."""
    blueprint = Blueprint("disputes", url_prefix="/v1/disputes", description="What payers' banks take back")
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
        found, page = _DISPUTES.page_of(
            query,
            lambda before, limit: queries.list_disputes(
                owner_id=caller.only_owner, status=query.status, before=before, limit=limit
            ),
            lambda dispute: (dispute.id,),
        )
        return Answer([present_dispute(dispute) for dispute in found], page=page)

    @blueprint.route("/<uuid:dispute_id>")
    @blueprint.takes(caller.who_may(Permission.PAYMENTS_READ))
    @blueprint.response(200, DisputeShape)
    @blueprint.raises(NotFoundError)
    def get_dispute(caller: Caller, *, dispute_id: UUID) -> DisputeShape:
        """Read a dispute as its provider last told of it.

        It is answered where the bank logs in at the provider, until `respondBy`.
        """
        queries = queries_of(caller.principal.tenant_id)
        return present_dispute(queries.get_dispute(PaymentDisputeId(dispute_id), owner_id=caller.only_owner))

    return blueprint
