"""The actions of the audit log itself."""

from typing import Final

from bankcore.actions import Action, Audience

AUDIT_READ: Final = Action("audit.read")
CONTEXT_ERASED: Final = Action("audit.context_erased")
HEADS_SEALED: Final = Action("heads.sealed")
ERA_BEGUN: Final = Action("log.era_begun", Audience.OPERATOR)
