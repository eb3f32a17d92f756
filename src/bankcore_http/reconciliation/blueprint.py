"""Reconciliations over HTTP: operators see what was found, and have the books compared now."""

from collections.abc import Mapping
from typing import Any, Final, cast
from uuid import UUID

from bankcore.errors import InvalidRequestError, NotFoundError, OutcomeUnknownError
from bankcore.identity.users import Role
from bankcore.reconciliation.reconciliations import ReconciliationId, ReconciliationRun, Reconciliations
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.answering.wire import render_instant
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat, ListQuery
from bankcore_http.reconciliation.schemas import (
    ReconciliationRequestedSchema,
    ReconciliationRunSchema,
    ReconciliationRunWithDriftsSchema,
)

_CURSOR: Final = CursorFormat("reconciliation-runs", UUID)
_KEY: Final = IdempotencyKeyHeader()


def reconciliations_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/admin/reconciliation-runs`, of the operator's tenant."""
    reconciliations_of = services.each(Reconciliations)
    blueprint = Blueprint(
        "reconciliations", url_prefix="/v1/admin/reconciliation-runs", description="The books compared with themselves"
    )
    operator = caller.require_role(Role.OPERATOR, Role.ADMIN)

    @blueprint.route("")
    @blueprint.takes(operator)
    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, ReconciliationRunSchema, many=True)
    @blueprint.raises(InvalidRequestError)
    def list_reconciliation_runs(caller: Caller, query: Mapping[str, Any]) -> Answer:
        """List finished runs, newest first."""
        return list_runs(reconciliations_of(caller.principal.tenant_id), query)

    @blueprint.route("/<uuid:run_id>")
    @blueprint.takes(operator)
    @blueprint.response(200, ReconciliationRunWithDriftsSchema)
    @blueprint.raises(NotFoundError)
    def get_reconciliation_run(caller: Caller, *, run_id: UUID) -> dict[str, object]:
        """Read a run, with the first thousand things that did not fit."""
        run, drifts = reconciliations_of(caller.principal.tenant_id).get_run(ReconciliationId(run_id))
        shown = [{"place": drift.place, "problem": drift.problem} for drift in drifts]
        return _present(run) | {"drifts": shown}

    @blueprint.route("", methods=["POST"])
    @blueprint.takes(operator)
    @blueprint.takes(_KEY)
    @blueprint.response(
        202, ReconciliationRequestedSchema, message="The books are being reconciled", headers=REPLAY_HEADERS
    )
    @blueprint.raises(OutcomeUnknownError)
    def request_reconciliation_run(caller: Caller, key: str) -> Answer:
        """Have the books reconciled now; the run is in the list when it has ended."""
        reconciliations = reconciliations_of(caller.principal.tenant_id)
        requested = reconciliations.request_run(origin=caller.origin, idempotency_key=key)
        answer = {"requestedAt": render_instant(requested.value)}
        return Answer(answer, headers=replay_headers(replayed=requested.replayed))

    return blueprint


def list_runs(reconciliations: Reconciliations, query: Mapping[str, Any]) -> Answer:
    """One page of runs; InvalidRequestError for a cursor of another list."""
    limit, position = query["limit"], _CURSOR.read(query)
    before = None if position is None else ReconciliationId(cast("UUID", position[0]))
    # One more than asked for tells whether another page follows.
    found = reconciliations.list_runs(before=before, limit=limit + 1)
    shown = found[:limit]
    next_position = (shown[-1].id,) if len(found) > limit else None
    return Answer([_present(run) for run in shown], page=_CURSOR.page(query, next_position))


def _present(run: ReconciliationRun) -> dict[str, object]:
    return {
        "id": str(run.id),
        "startedAt": render_instant(run.started_at),
        "finishedAt": render_instant(run.finished_at),
        "accounts": run.accounts,
        "entries": run.entries,
        "driftCount": run.drifts,
    }
