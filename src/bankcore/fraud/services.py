"""What one tenant's fraud offers to people: cases to read and to decide."""

from dataclasses import dataclass

from bankcore.fraud.ports import FraudQueries
from bankcore.fraud.review import Review


@dataclass(frozen=True, slots=True)
class FraudServices:
    """Review decides, queries read."""

    review: Review
    queries: FraudQueries
