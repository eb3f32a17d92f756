"""The actions of fraud: on policies, on cases, and on decisions."""

from collections.abc import Mapping
from typing import Final

from bankcore.actions import Action, Audience

CASE_OPENED: Final = Action("fraud_case.opened", Audience.OPERATOR)
CASE_DECIDED: Final[Mapping[str, Action]] = {
    "cleared": Action("fraud_case.cleared", Audience.OPERATOR),
    "confirmed": Action("fraud_case.confirmed", Audience.OPERATOR),
}
"""The action for each verdict."""
POLICY_CHANGED: Final = Action("fraud_policy.changed", Audience.OPERATOR)
