"""The actions of refunds: one for each step that a refund takes."""

from typing import Final

from bankcore.actions import Action, Audience

REFUND_CREATED: Final = Action("refund.created", Audience.OPERATOR)
REFUND_TAKEN: Final = Action("refund.processing", Audience.OPERATOR)
"""The provider took the order, and works on it."""
REFUND_SUCCEEDED: Final = Action("refund.succeeded", Audience.OPERATOR)
REFUND_DECIDED: Final = Action("refund.decided", Audience.OPERATOR)
"""A person wanted to say how it ended, and was refused; what is said is recorded as what it comes to."""
REFUND_FAILED: Final = Action("refund.failed", Audience.OPERATOR)
REFUND_DOUBTED: Final = Action("refund.doubted", Audience.OPERATOR)
"""Its outcome is unknown, or a person has to look at it."""
