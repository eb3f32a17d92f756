"""Limits by client address over a moving window: in Redis for all processes, in memory while Redis is away."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil
from threading import Lock
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from typing_extensions import override

from bankcore.errors import ThrottledError
from bankcore.identity.attempts import AttemptKind, AttemptLimiter
from bankcore_infra.identity.places import place_of
from bankcore_infra.log_messages import LogMessage, logger_of

_LOG: Final = logger_of("identity")

_TIMEOUT_S: Final = 0.25
_RETRY_REDIS_AFTER_S: Final = 5.0
_MEMORY_CLIENTS_MAX: Final = 10_000
# A moving window, since a fixed one lets twice as many through at its edge. Redis tells the time for all processes.
_WINDOW_SCRIPT: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local window = tonumber(ARGV[1])
local limit = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local count = redis.call('ZCARD', KEYS[1])
if count >= limit then
    local oldest = redis.call('ZRANGE', KEYS[1], count - limit, count - limit, 'WITHSCORES')
    return oldest[2] + window - now
end
if ARGV[3] == '1' then
    redis.call('ZADD', KEYS[1], now, now .. '-' .. count)
    redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
end
return 0
"""


class WindowLimit(NamedTuple):
    """At most `amount` attempts within any period of that length."""

    amount: int
    window_s: int


DEFAULT_LIMITS: Final[Mapping[AttemptKind, WindowLimit]] = MappingProxyType(
    {
        AttemptKind.FAILURE: WindowLimit(200, 600),
        AttemptKind.REGISTRATION: WindowLimit(1_000, 600),
        AttemptKind.RESET: WindowLimit(200, 600),
    }
)


class AttemptWindows(Protocol):
    """Moving windows by name."""

    def wait_s(self, name: str, limit: WindowLimit, *, counted: bool) -> float:
        """How many seconds to wait until the window has room; 0 if it has. With `counted`, an attempt takes its
        place then.
        """


class RedisWindows(AttemptWindows):
    """Windows that all processes share."""

    def __init__(self, url: str) -> None:
        client = Redis.from_url(
            url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S, retry=Retry(NoBackoff(), 0)
        )
        self._script = client.register_script(_WINDOW_SCRIPT)

    @override
    def wait_s(self, name: str, limit: WindowLimit, *, counted: bool) -> float:
        arguments = [limit.window_s * 1_000_000, limit.amount, int(counted)]
        return float(self._script(keys=[f"bankcore:attempts:{name}"], args=arguments)) / 1_000_000


class MemoryWindows(AttemptWindows):
    """Windows of this process alone; past a number of clients, those that were idle longest are forgotten."""

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        self._windows: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    @override
    def wait_s(self, name: str, limit: WindowLimit, *, counted: bool) -> float:
        now = self._monotonic_s()
        with self._lock:
            window = self._windows.get(name, deque())
            while window and window[0] <= now - limit.window_s:
                window.popleft()
            if len(window) >= limit.amount:
                return window[-limit.amount] + limit.window_s - now
            if counted:
                window.append(now)
                self._windows[name] = window
                self._windows.move_to_end(name)
                if len(self._windows) > _MEMORY_CLIENTS_MAX:
                    self._windows.popitem(last=False)
            return 0.0


class FallbackWindows(AttemptWindows):
    """The shared windows; while Redis is away, those of this process, which limit less evenly."""

    def __init__(self, shared: AttemptWindows, own: AttemptWindows) -> None:
        self._shared = shared
        self._own = own
        self._shared_again_at = 0.0

    @override
    def wait_s(self, name: str, limit: WindowLimit, *, counted: bool) -> float:
        if time.monotonic() >= self._shared_again_at:
            try:
                return self._shared.wait_s(name, limit, counted=counted)
            except RedisError as error:
                self._shared_again_at = time.monotonic() + _RETRY_REDIS_AFTER_S
                _LOG.warning(
                    LogMessage("attempts limited per process: Redis does not answer", error=type(error).__name__)
                )
        return self._own.wait_s(name, limit, counted=counted)


@dataclass(frozen=True, slots=True)
class WindowAttemptLimiter(AttemptLimiter):
    """Limits each client: an IPv4 address or an IPv6 network of 64 bits, because that is what one customer gets."""

    windows: AttemptWindows
    limits: Mapping[AttemptKind, WindowLimit] = field(default_factory=lambda: DEFAULT_LIMITS)

    @override
    def require_allowed(self, kind: AttemptKind, client: str | None) -> None:
        if client is not None:
            wait_s = self.windows.wait_s(_window_name(kind, client), self.limits[kind], counted=False)
            if wait_s > 0:
                raise ThrottledError(retry_after_s=ceil(wait_s))

    @override
    def count(self, kind: AttemptKind, client: str | None) -> None:
        if client is not None:
            self.windows.wait_s(_window_name(kind, client), self.limits[kind], counted=True)


def attempt_limiter(redis_url: str | None) -> WindowAttemptLimiter:
    """A limiter on that Redis or Valkey; without one, in the memory of this process."""
    own = MemoryWindows()
    return WindowAttemptLimiter(own if redis_url is None else FallbackWindows(RedisWindows(redis_url), own))


def _window_name(kind: AttemptKind, client: str) -> str:
    return f"{kind}:{place_of(client) or 'unknown'}"
