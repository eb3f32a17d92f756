"""Reconciliations over HTTP: operators see what was found, and have the books compared now."""

from typing import Final
from uuid import UUID

from bankcore.errors import InvalidRequestError, NotFoundError, OutcomeUnknownError
from bankcore.permissions import Permission
from bankcore.reconciliation.reconciliations import ReconciliationId, Reconciliations
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.answering.wire import render_instant
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat, ListQuery
from bankcore_http.reconciliation.shapes import (
    ReconciliationRequestedShape,
    ReconciliationRunShape,
    ReconciliationRunWithDriftsShape,
    present_run,
    present_run_with_drifts,
)

_CURSOR: Final = CursorFormat("reconciliation-runs", UUID, into=ReconciliationId)
_KEY: Final = IdempotencyKeyHeader()


def reconciliations_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/admin/reconciliation-runs`, of the operator's tenant."""
    reconciliations_of = services.each(Reconciliations)
    blueprint = Blueprint(
        "reconciliations",
        url_prefix="/v1/admin/reconciliation-runs",
        tag="Reconciliation",
        description="The books compared with themselves",
    )

    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.RECONCILIATION_READ))
    @blueprint.arguments(ListQuery)
    @blueprint.response(200, ReconciliationRunShape, many=True)
    @blueprint.raises(InvalidRequestError)
    def list_reconciliation_runs(caller: Caller, query: ListQuery) -> Answer:
        """List finished runs, newest first.

        For operators. A `driftCount` that is not zero calls for a person.
        """
        return list_runs(reconciliations_of(caller.principal.tenant_id), query)

    @blueprint.route("/<uuid:run_id>")
    @blueprint.takes(caller.who_may(Permission.RECONCILIATION_READ))
    @blueprint.response(200, ReconciliationRunWithDriftsShape)
    @blueprint.raises(NotFoundError)
    def get_reconciliation_run(caller: Caller, *, run_id: UUID) -> ReconciliationRunWithDriftsShape:
        """Read a run, with the first thousand things that did not fit.

        For operators. Nothing is put right by a run: the books are never changed to fit.
        """
        run, drifts = reconciliations_of(caller.principal.tenant_id).get_run(ReconciliationId(run_id))
        return present_run_with_drifts(run, drifts)

    @blueprint.route("", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.RECONCILIATION_RUN))
    @blueprint.takes(_KEY)
    @blueprint.response(
        202, ReconciliationRequestedShape, message="The books are being reconciled", headers=REPLAY_HEADERS
    )
    @blueprint.raises(OutcomeUnknownError)
    def request_reconciliation_run(caller: Caller, key: str) -> Answer:
        """Have the books reconciled now; the run is in the list when it has ended.

        For operators. It is answered at once; workers do the comparing.
        """
        reconciliations = reconciliations_of(caller.principal.tenant_id)
        requested = reconciliations.request_run(origin=caller.origin, idempotency_key=key)
        answer: ReconciliationRequestedShape = {"requestedAt": render_instant(requested.value)}
        return Answer(answer, headers=replay_headers(replayed=requested.replayed))

    return blueprint


def list_runs(reconciliations: Reconciliations, query: ListQuery) -> Answer:
    """One page of runs; InvalidRequestError for a cursor of another list."""
    found, page = _CURSOR.page_by_id(query, reconciliations.list_runs)
    return Answer([present_run(run) for run in found], page=page)
