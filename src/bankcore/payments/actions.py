"""The actions of payments: one for each step that a payment takes."""

from typing import Final

from bankcore.actions import Action, Audience

PAYMENT_CREATED: Final = Action("payment.created", Audience.OPERATOR)
PAYMENT_SENT: Final = Action("payment.sent", Audience.OPERATOR)
PAYMENT_ACTION_REQUIRED: Final = Action("payment.action_required", Audience.OPERATOR)
PAYMENT_REQUIRES_CAPTURE: Final = Action("payment.requires_capture", Audience.OPERATOR)
PAYMENT_CAPTURE_SENT: Final = Action("payment.capture_sent", Audience.OPERATOR)
PAYMENT_COMPLETED: Final = Action("payment.completed", Audience.OPERATOR)
PAYMENT_FAILED: Final = Action("payment.failed", Audience.OPERATOR)
PAYMENT_CALLED_OFF: Final = Action("payment.canceled", Audience.OPERATOR)
PAYMENT_RELEASED: Final = Action("payment.released", Audience.OPERATOR)
"""What was authorized for a payment that had ended was released: nothing was taken, and nothing will be."""
PAYMENT_EXPIRED: Final = Action("payment.expired", Audience.OPERATOR)
PAYMENT_DOUBTED: Final = Action("payment.doubted", Audience.OPERATOR)
"""Its outcome is unknown, an attempt of it ended and another follows, or a person has to look at it."""
PAYMENT_ASKED: Final = Action("payment.asked", Audience.OPERATOR)
"""A person had its provider asked."""
PAYMENT_RESOLVED: Final = Action("payment.resolved", Audience.OPERATOR)
"""A person looked at what needed review, and the state of the payment stayed as it was."""
CONFIG_CREATED: Final = Action("provider_config.created", Audience.OPERATOR)
CONFIG_CHANGED: Final = Action("provider_config.changed", Audience.OPERATOR)
NOTICES_EMPTIED: Final = Action("provider_notices.emptied")
"""Bodies were emptied that were left of notices that nobody works on any more."""
NOTICE_REDRIVEN: Final = Action("provider_notice.redriven", Audience.OPERATOR)
"""A person had a notice tried again that had been given up."""
STEPS: Final = (
    PAYMENT_CREATED,
    PAYMENT_SENT,
    PAYMENT_ACTION_REQUIRED,
    PAYMENT_REQUIRES_CAPTURE,
    PAYMENT_CAPTURE_SENT,
    PAYMENT_COMPLETED,
    PAYMENT_FAILED,
    PAYMENT_CALLED_OFF,
    PAYMENT_RELEASED,
    PAYMENT_EXPIRED,
    PAYMENT_DOUBTED,
    PAYMENT_ASKED,
    PAYMENT_RESOLVED,
)
"""The steps that a payment may take, each with a record."""
