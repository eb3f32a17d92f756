"""The actions of fraud: the policy, a case, and what a person decided or wanted to decide."""

from collections.abc import Mapping
from typing import Final

from bankcore.actions import Action, Audience

CASE_OPENED: Final = Action("fraud_case.opened", Audience.OPERATOR)
CASE_DECIDED: Final[Mapping[str, Action]] = {
    "cleared": Action("fraud_case.cleared", Audience.OPERATOR),
    "confirmed": Action("fraud_case.confirmed", Audience.OPERATOR),
}
"""By the verdict."""
POLICY_CHANGED: Final = Action("fraud_policy.changed", Audience.OPERATOR)
