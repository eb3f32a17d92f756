"""The actions of disbursements: one for each step that one takes."""

from typing import Final

from bankcore.actions import Action, Audience

DISBURSEMENT_REQUESTED: Final = Action("disbursement.requested", Audience.OPERATOR)
DISBURSEMENT_APPROVED: Final = Action("disbursement.approved", Audience.OPERATOR)
DISBURSEMENT_REJECTED: Final = Action("disbursement.rejected", Audience.OPERATOR)
DISBURSEMENT_WITHDRAWN: Final = Action("disbursement.withdrawn", Audience.OPERATOR)
DISBURSEMENT_SENT: Final = Action("disbursement.sent", Audience.OPERATOR)
DISBURSEMENT_PAID: Final = Action("disbursement.paid", Audience.OPERATOR)
DISBURSEMENT_FAILED: Final = Action("disbursement.failed", Audience.OPERATOR)
DISBURSEMENT_RETURNED: Final = Action("disbursement.returned", Audience.OPERATOR)
DISBURSEMENT_DOUBTED: Final = Action("disbursement.doubted", Audience.OPERATOR)
"""Its outcome is unknown, or a person has to look at it."""
DISBURSEMENT_RESOLVED: Final = Action("disbursement.resolved", Audience.OPERATOR)
"""A person has looked at it, and nothing of it changed."""
