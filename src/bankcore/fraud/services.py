"""What one tenant's fraud offers to people: cases to read and to decide, and the policy."""

from dataclasses import dataclass

from bankcore.fraud.change_policy import ChangePolicy
from bankcore.fraud.ports import FraudQueries
from bankcore.fraud.review import Review


@dataclass(frozen=True, slots=True)
class FraudServices:
    """Review decides, queries read, `change_policy` says what is suspicious from now on."""

    review: Review
    queries: FraudQueries
    change_policy: ChangePolicy
