"""The figures of delivering: how long a lease is, how often and when something is tried again, how much is sent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPolicy:
    """Times in seconds. A delivery is dead after `tries_max` attempts that a worker began and that did not end well.

    The relay takes `batch` due deliveries of a consumer at once and sends `message_max` of them in one message, which
    are delivered in one transaction, followed by `chain_max` - 1 more on the same accounts. From `queue_limit` messages
    on nothing is sent: what they hold must be begun before its lease is over.
    """

    lease_s: float = 60.0
    tries_max: int = 12
    backoff_first_s: float = 1.0
    backoff_max_s: float = 3_600.0
    queue_limit: int = 50
    batch: int = 500
    message_max: int = 50
    page: int = 500
    poll_min_s: float = 0.05
    poll_max_s: float = 1.0
    chain_max: int = 50

    def backoff_s(self, starts: int) -> float:
        """The pause after the attempt of that number, counted from 1: each is twice the one before it."""
        return min(self.backoff_first_s * 2.0 ** min(starts - 1, 30), self.backoff_max_s)
