"""Moves a locked disbursement one step: writes it, and records the step in the audit log."""

from dataclasses import replace
from typing import Final

from bankcore.actions import Action
from bankcore.disbursements import actions
from bankcore.disbursements.disbursements import Disbursement
from bankcore.disbursements.events import DisbursementMoved
from bankcore.disbursements.ports import DisbursementUnit
from bankcore.origin import Origin
from bankcore.payments.events import PersonsWord

SYSTEM: Final = Origin(actor_type="system", actor_id="disbursements")
"""The actor of what answers, look-ups and webhooks bring about."""


def move(
    unit: DisbursementUnit,
    before: Disbursement,
    after: Disbursement,
    action: Action,
    origin: Origin,
    *,
    told: PersonsWord | None = None,
) -> Disbursement:
    """Write what it is after the step; `told` is why a person says so."""
    moved = replace(after, version=after.version + 1)
    unit.update_disbursement(moved)
    unit.publish([DisbursementMoved(unit.new_stamp(origin), action, moved, before.status, told)])
    return moved


def doubt(unit: DisbursementUnit, disbursement: Disbursement, problem: str) -> Disbursement:
    """Ask for a person, once for each problem. Returns the disbursement as it stands now."""
    if disbursement.problem == problem:
        return disbursement
    doubted = disbursement.doubted(problem, unit.opened_at)
    return move(unit, disbursement, doubted, actions.DISBURSEMENT_DOUBTED, SYSTEM)
