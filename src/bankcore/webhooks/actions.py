"""The actions of webhooks: what people do with endpoints, and what endpoints bring upon themselves."""

from typing import Final

from bankcore.actions import Action, Audience

ENDPOINT_CREATED: Final = Action("webhook_endpoint.created", Audience.OPERATOR)
ENDPOINT_CHANGED: Final = Action("webhook_endpoint.changed", Audience.OPERATOR)
ENDPOINT_REMOVED: Final = Action("webhook_endpoint.removed", Audience.OPERATOR)
ENDPOINT_DISABLED: Final = Action("webhook_endpoint.disabled", Audience.OPERATOR)
SECRET_ROTATED: Final = Action("webhook_endpoint.secret_rotated", Audience.OPERATOR)
# Records alone: an event about a sent event would be sent too.
ENDPOINT_TESTED: Final = Action("webhook_endpoint.tested")
DELIVERIES_REVIVED: Final = Action("webhook_deliveries.revived")
DELIVERIES_REMOVED: Final = Action("webhook_deliveries.removed")
