"""The audit log over HTTP: list it, read one record, take all of it away. Reading it leaves a record too."""

from typing import Final
from uuid import UUID

from flask import Response

from bankcore.audit.queries import AuditQueries
from bankcore.errors import NotFoundError
from bankcore.identifiers import EventId
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.audit.export import Export, ExportForm
from bankcore_http.audit.lists import list_audit
from bankcore_http.audit.shapes import AuditEventShape, AuditQuery, ExportQuery, present_event
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint

_EXPORT_FORM: Final = ExportForm()


def audit_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/audit`, on the log of the auditor's tenant."""
    audit_of = services.each(AuditQueries)
    blueprint = Blueprint(
        "audit",
        url_prefix="/v1/audit",
        tag="Audit log",
        description="Who did, or tried to do, what; signed checkpoints, proofs, keys of receipts",
    )

    @blueprint.route("/events")
    @blueprint.takes(caller.who_may(Permission.AUDIT_READ))
    @blueprint.arguments(AuditQuery)
    @blueprint.response(200, AuditEventShape, many=True)
    def list_audit_events(caller: Caller, query: AuditQuery) -> Answer:
        """List the records of the audit log, latest first.

        For auditors. Refused and failed attempts are recorded as well, and so is this question.
        """
        return list_audit(audit_of(caller.principal.tenant_id), query, origin=caller.origin)

    @blueprint.route("/events/<uuid:event_id>")
    @blueprint.takes(caller.who_may(Permission.AUDIT_READ))
    @blueprint.response(200, AuditEventShape)
    @blueprint.raises(NotFoundError)
    def get_audit_event(caller: Caller, *, event_id: UUID) -> AuditEventShape:
        """Read one record of the audit log.

        For auditors. `body` is the exact text that is sealed, `record` the same as JSON.
        """
        queries = audit_of(caller.principal.tenant_id)
        return present_event(queries.get_event(EventId(event_id), origin=caller.origin))

    @blueprint.route("/export")
    @blueprint.takes(caller.who_may(Permission.AUDIT_READ))
    @blueprint.takes(_EXPORT_FORM)
    @blueprint.arguments(ExportQuery)
    @blueprint.response(200, None)
    def export_audit_events(caller: Caller, export: Export, period: ExportQuery) -> Response:
        """Take away every record of a period, oldest first, as lines of JSON.

        For auditors. The lines stream however long the period is; this question is recorded too.
        """
        queries = audit_of(caller.principal.tenant_id)
        events = queries.export_events(
            from_instant=period.from_instant, to_instant=period.to_instant, origin=caller.origin
        )
        return export(events)

    return blueprint
