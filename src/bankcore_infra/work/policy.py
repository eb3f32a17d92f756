"""The limits of consumers: how much is read at once, and how often and when a failed event is tried again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerPolicy:
    """Times in seconds. An event is dead after `tries_max` attempts that failed or that no worker survived.

    A page has at most `page` records, and ends with the one whose body makes it `page_bytes` long: what is read takes
    ten times as much memory. A worker serves a consumer for `turn_s`, then others have their turn. A worker that has
    begun a page and not gone on within `grace_s` is dead. A tenant's records get their positions at most every
    `poll_min_s`, and every `gather_s` while `many` come at once, since records read together cost less. All tenants are
    looked at after `poll_min_s` while there is work, after `poll_max_s` when there is none, and for at most a twentieth
    of the time. From `queue_limit` messages on nothing is sent.
    """

    page: int = 500
    page_bytes: int = 2 * 1024 * 1024
    tries_max: int = 12
    backoff_first_s: float = 1.0
    backoff_max_s: float = 3_600.0
    turn_s: float = 1.0
    grace_s: float = 2.0
    queue_limit: int = 1_000
    poll_min_s: float = 0.1
    poll_max_s: float = 1.0
    gather_s: float = 0.3
    many: int = 50

    def backoff_s(self, starts: int) -> float:
        """The pause after attempt `number`, counted from 1; each pause is twice the one before it."""
        return min(self.backoff_first_s * 2.0 ** min(starts - 1, 30), self.backoff_max_s)
