"""Counts that all processes share, in Redis or Valkey, for a time."""

import time
from collections.abc import Callable
from typing import Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from bankcore_infra.log_messages import LogMessage, logger_of

_LOG: Final = logger_of("rates")

_TIMEOUT_S: Final = 0.25
_AGAIN_AFTER_S: Final = 5.0
# A count without an end would stop its subject for ever, so that whoever meets one gives it an end.
_COUNT_SCRIPT: Final = """
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
local remaining = redis.call('PTTL', KEYS[1])
if remaining < 0 then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    remaining = tonumber(ARGV[2])
end
return {count, remaining}
"""


class RedisCounts:
    """Counters that are forgotten some time after their first count."""

    def __init__(self, url: str, *, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        client = Redis.from_url(
            url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S, retry=Retry(NoBackoff(), 0)
        )
        self._script = client.register_script(_COUNT_SCRIPT)
        self._monotonic_s = monotonic_s
        self._again_at = 0.0

    def add(self, name: str, amount: int, lifetime_s: int) -> tuple[int, float] | None:
        """Count so many more. Returns: the count and its remaining seconds; None while Redis does not answer."""
        if self._monotonic_s() < self._again_at:
            return None
        try:
            count, remaining_ms = self._script(keys=[f"bankcore:rates:{name}"], args=[amount, lifetime_s * 1_000])
        except RedisError as error:
            self._again_at = self._monotonic_s() + _AGAIN_AFTER_S
            _LOG.warning(LogMessage("requests limited per process: Redis does not answer", error=type(error).__name__))
            return None
        return int(count), int(remaining_ms) / 1_000
