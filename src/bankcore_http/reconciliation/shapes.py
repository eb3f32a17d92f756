"""What operators are shown of reconciliations."""

from collections.abc import Sequence
from typing import Annotated, Final

from typing_extensions import TypedDict

from bankcore.ledger.verification import Finding
from bankcore.reconciliation.reconciliations import ReconciliationRun
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc
from bankcore_http.answering.wire import render_instant

_ID: Final = "019c1406-3400-7000-8000-0000000000d1"


class ReconciliationRunShape(TypedDict):
    """A finished comparison of the books with themselves: what had changed since the one before, and was looked at."""

    id: Annotated[members.Id, Doc(example=_ID)]
    startedAt: members.Instant
    finishedAt: members.Instant
    accounts: members.Count
    entries: members.Count
    driftCount: Annotated[members.Count, Doc(example=0)]


class DriftShape(TypedDict):
    """Something that did not fit."""

    place: Annotated[str, Doc(minLength=1, maxLength=500, example=f"account {_ID}")]
    problem: Annotated[str, Doc(minLength=1, maxLength=2_000, example="has a balance of 100, its entries end at 0")]


class ReconciliationRunWithDriftsShape(ReconciliationRunShape):
    """A run, and what did not fit, at most a thousand of it."""

    drifts: list[DriftShape]


class ReconciliationRequestedShape(TypedDict):
    """That a run was asked for: it is the first in the list that started later."""

    requestedAt: members.Instant


def present_run(run: ReconciliationRun) -> ReconciliationRunShape:
    """A finished run."""
    return {
        "id": str(run.id),
        "startedAt": render_instant(run.started_at),
        "finishedAt": render_instant(run.finished_at),
        "accounts": run.accounts,
        "entries": run.entries,
        "driftCount": run.drifts,
    }


def present_run_with_drifts(run: ReconciliationRun, drifts: Sequence[Finding]) -> ReconciliationRunWithDriftsShape:
    """A finished run, and what did not fit."""
    return {
        **present_run(run),
        "drifts": [{"place": drift.place, "problem": drift.problem} for drift in drifts],
    }
