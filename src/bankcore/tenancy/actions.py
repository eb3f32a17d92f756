"""The actions of operators on tenants."""

from typing import Final

from bankcore.actions import Action, Audience

TENANT_CREATED: Final = Action("tenant.created", Audience.OPERATOR)
TENANT_SETTING_CHANGED: Final = Action("tenant.setting_changed", Audience.OPERATOR)
TENANT_SUSPENDED: Final = Action("tenant.suspended", Audience.OPERATOR)
TENANT_RESUMED: Final = Action("tenant.resumed", Audience.OPERATOR)
