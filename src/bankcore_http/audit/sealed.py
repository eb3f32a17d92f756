"""The sealed log over HTTP: signed checkpoints, and the proof that a record is in them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from bankcore.audit.ports import SealedLog
from bankcore.errors import NotFoundError
from bankcore.identifiers import EventId
from bankcore.identity.users import Role
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.audit.lists import list_checkpoints
from bankcore_http.audit.presenters import present_checkpoint, present_proof
from bankcore_http.audit.schemas import CheckpointSchema, ProofSchema
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading.pagination import ListQuery


def sealed_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """The part of `/v1/audit` that stands on the sealed log of the auditor's tenant."""
    sealed_log_of = services.each(SealedLog)
    blueprint = Blueprint("sealed", url_prefix="/v1/audit", description="Signed checkpoints and proofs")
    auditor = caller.require_role(Role.AUDITOR, Role.ADMIN)

    @blueprint.route("/checkpoints")
    @blueprint.takes(auditor)
    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, CheckpointSchema, many=True)
    def list_sealed_checkpoints(caller: Caller, query: Mapping[str, Any]) -> Answer:
        """List the checkpoints, latest first."""
        return list_checkpoints(sealed_log_of(caller.principal.tenant_id), query)

    @blueprint.route("/checkpoints/latest")
    @blueprint.takes(auditor)
    @blueprint.response(200, CheckpointSchema)
    @blueprint.raises(NotFoundError)
    def get_latest_checkpoint(caller: Caller) -> dict[str, object]:
        """Read the latest checkpoint."""
        return present_checkpoint(sealed_log_of(caller.principal.tenant_id).get_latest_checkpoint())

    @blueprint.route("/events/<uuid:event_id>/proof")
    @blueprint.takes(auditor)
    @blueprint.response(200, ProofSchema)
    @blueprint.raises(NotFoundError)
    def get_inclusion_proof(caller: Caller, *, event_id: UUID) -> dict[str, object]:
        """Read the proof that a record is in the sealed log."""
        return present_proof(sealed_log_of(caller.principal.tenant_id).prove_inclusion(EventId(event_id)))

    return blueprint
