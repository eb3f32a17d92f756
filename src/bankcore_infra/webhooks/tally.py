"""WebhookTally: counts in Redis or Valkey what came of attempts, for monitoring (docs/adr/0098)."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final

from redis import RedisError

from bankcore.webhooks.deliveries import WebhookAnswered
from bankcore_infra.work.redis_clients import redis_client

_KEY: Final = "bankcore:webhooks:results"
_TIMEOUT_S: Final = 0.25
_AGAIN_AFTER_S: Final = 5.0


class WebhookResult(StrEnum):
    """What came of an attempt."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    """An answer came that is no 2xx."""
    UNANSWERED = "unanswered"
    """No answer came, or nothing could be sent."""


class WebhookTally:
    """Counts of all senders of a bank, from when its Redis or Valkey began; without one nothing is counted.

    What is sent while that is away is not counted. Nothing waits for it, and no sending depends on it.
    """

    def __init__(self, redis_url: str | None, *, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._redis = None if redis_url is None else redis_client(redis_url, timeout_s=_TIMEOUT_S)
        self._monotonic_s = monotonic_s
        self._again_at = 0.0

    def add(self, answers: Iterable[WebhookAnswered]) -> None:
        """Count these."""
        if self._redis is None or self._monotonic_s() < self._again_at:
            return
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for result, number in Counter(map(result_of, answers)).items():
                    pipeline.hincrby(_KEY, result, number)
                pipeline.execute()
        except RedisError:
            self._again_at = self._monotonic_s() + _AGAIN_AFTER_S

    def read(self) -> Mapping[str, int]:
        """How many attempts had each result; nothing while Redis is away."""
        if self._redis is None:
            return {}
        try:
            numbers = self._redis.hmget(_KEY, list(WebhookResult))
        except RedisError:
            return {}
        return {result: int(number or 0) for result, number in zip(WebhookResult, numbers, strict=True)}


def result_of(answer: WebhookAnswered) -> WebhookResult:
    """What came of it."""
    if answer.is_delivered:
        return WebhookResult.DELIVERED
    return WebhookResult.UNANSWERED if answer.http_status is None else WebhookResult.REFUSED
