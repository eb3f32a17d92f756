"""The sealed log over HTTP: signed checkpoints, and the proof that a record is in them."""

from uuid import UUID

from bankcore.audit.ports import SealedLog
from bankcore.errors import NotFoundError
from bankcore.identifiers import EventId
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.audit.lists import list_checkpoints
from bankcore_http.audit.shapes import CheckpointShape, ProofShape, present_checkpoint, present_proof
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading.pagination import ListQuery


def sealed_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """The part of `/v1/audit` that stands on the sealed log of the auditor's tenant."""
    sealed_log_of = services.each(SealedLog)
    blueprint = Blueprint("sealed", url_prefix="/v1/audit", tag="Audit log")

    @blueprint.route("/checkpoints")
    @blueprint.takes(caller.who_may(Permission.AUDIT_READ))
    @blueprint.arguments(ListQuery)
    @blueprint.response(200, CheckpointShape, many=True)
    def list_sealed_checkpoints(caller: Caller, query: ListQuery) -> Answer:
        """List the checkpoints, latest first.

        For auditors. Keep their notes outside: a later state that does not lead on from them is a rewritten
        log.
        """
        return list_checkpoints(sealed_log_of(caller.principal.tenant_id), query)

    @blueprint.route("/checkpoints/latest")
    @blueprint.takes(caller.who_may(Permission.AUDIT_READ))
    @blueprint.response(200, CheckpointShape)
    @blueprint.raises(NotFoundError)
    def get_latest_checkpoint(caller: Caller) -> CheckpointShape:
        """Read the latest checkpoint.

        For auditors. It is missing until the first records have been sealed.
        """
        return present_checkpoint(sealed_log_of(caller.principal.tenant_id).get_latest_checkpoint())

    @blueprint.route("/events/<uuid:event_id>/proof")
    @blueprint.takes(caller.who_may(Permission.AUDIT_READ))
    @blueprint.response(200, ProofShape)
    @blueprint.raises(NotFoundError)
    def get_inclusion_proof(caller: Caller, *, event_id: UUID) -> ProofShape:
        """Read the proof that a record is in the sealed log.

        For auditors. It leads from the record to a signed checkpoint (RFC 9162); a record that was just made is
        sealed within moments.
        """
        return present_proof(sealed_log_of(caller.principal.tenant_id).prove_inclusion(EventId(event_id)))

    return blueprint
