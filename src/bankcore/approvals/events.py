"""What happened to approvals, in the past tense."""

from dataclasses import dataclass

from bankcore.actions import Action
from bankcore.approvals.approvals import Approval
from bankcore.events.stamps import Stamp


@dataclass(frozen=True, slots=True)
class ApprovalMoved:
    """It was requested, approved, rejected or withdrawn, as the action says; `approval` is how it stands after it."""

    stamp: Stamp
    action: Action
    approval: Approval
