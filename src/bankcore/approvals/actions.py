"""The actions of approvals."""

from typing import Final

from bankcore.actions import Action, Audience

APPROVAL_REQUESTED: Final = Action("approval.requested", Audience.OPERATOR)
APPROVAL_APPROVED: Final = Action("approval.approved", Audience.OPERATOR)
APPROVAL_REJECTED: Final = Action("approval.rejected", Audience.OPERATOR)
APPROVAL_WITHDRAWN: Final = Action("approval.withdrawn", Audience.OPERATOR)
