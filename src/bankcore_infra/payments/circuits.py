"""Circuits in Redis or Valkey for all processes, and in the memory of this one while that is away."""

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from threading import Lock
from typing import Any, Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from typing_extensions import override

from bankcore.clock import Clock
from bankcore.payments.circuit import CLOSED, FORGOTTEN_AFTER, CallTally, Circuit, CircuitStore
from bankcore.payments.circuits import Circuits
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.health import CircuitState, state_of
from bankcore_infra.clock import SystemClock
from bankcore_infra.log_messages import LogMessage, logger_of

_LOG: Final = logger_of("payments")

_TIMEOUT_S: Final = 0.25
_AGAIN_AFTER_S: Final = 5.0
_LIFETIME_MS: Final = FORGOTTEN_AFTER // timedelta(milliseconds=1)
_SWAP_SCRIPT: Final = """
if (redis.call('GET', KEYS[1]) or ARGV[4]) ~= ARGV[1] then
    return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""


class RedisCircuitStore(CircuitStore):
    """Circuits that all processes share. Raises what the client raises."""

    def __init__(self, url: str) -> None:
        self._client = Redis.from_url(
            url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S, retry=Retry(NoBackoff(), 0)
        )
        self._swap = self._client.register_script(_SWAP_SCRIPT)

    @override
    def read(self, config_id: ProviderConfigId) -> Circuit:
        stored = self._client.get(_key(config_id))
        return CLOSED if stored is None else _decoded(stored)

    @override
    def swap(self, config_id: ProviderConfigId, before: Circuit, after: Circuit) -> bool:
        arguments: list[bytes | int] = [_encoded(before), _encoded(after), _LIFETIME_MS, _encoded(CLOSED)]
        return bool(self._swap(keys=[_key(config_id)], args=arguments))


class ProcessCircuitStore(CircuitStore):
    """Circuits of this process alone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._circuits: dict[ProviderConfigId, tuple[datetime, Circuit]] = {}
        self._lock = Lock()

    @override
    def read(self, config_id: ProviderConfigId) -> Circuit:
        changed_at, circuit = self._circuits.get(config_id, (self._clock.now(), CLOSED))
        return circuit if self._clock.now() < changed_at + FORGOTTEN_AFTER else CLOSED

    @override
    def swap(self, config_id: ProviderConfigId, before: Circuit, after: Circuit) -> bool:
        with self._lock:
            is_unchanged = self.read(config_id) == before
            if is_unchanged:
                self._circuits[config_id] = (self._clock.now(), after)
            return is_unchanged


class FallbackCircuitStore(CircuitStore):
    """The shared circuits; while Redis is away, those of this process: it stops no payment."""

    def __init__(
        self, shared: CircuitStore, own: CircuitStore, *, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._shared = shared
        self._own = own
        self._monotonic_s = monotonic_s
        self._again_at = 0.0

    @override
    def read(self, config_id: ProviderConfigId) -> Circuit:
        if self._monotonic_s() >= self._again_at:
            try:
                return self._shared.read(config_id)
            except RedisError as error:
                self._leave_alone(error)
        return self._own.read(config_id)

    @override
    def swap(self, config_id: ProviderConfigId, before: Circuit, after: Circuit) -> bool:
        if self._monotonic_s() >= self._again_at:
            try:
                return self._shared.swap(config_id, before, after)
            except RedisError as error:
                self._leave_alone(error)
        return self._own.swap(config_id, before, after)

    def _leave_alone(self, error: RedisError) -> None:
        self._again_at = self._monotonic_s() + _AGAIN_AFTER_S
        _LOG.warning(LogMessage("providers watched per process: Redis does not answer", error=type(error).__name__))


@cache
def circuits_of(redis_url: str | None) -> Circuits:
    """Circuits on that Redis or Valkey, without one in memory: the same for all tenants of this process."""
    clock = SystemClock()
    own = ProcessCircuitStore(clock)
    store = own if redis_url is None else FallbackCircuitStore(RedisCircuitStore(redis_url), own)
    return Circuits(store, clock)


def circuit_state(redis_url: str | None, config_id: ProviderConfigId) -> CircuitState:
    """How that circuit stands now."""
    circuits = circuits_of(redis_url)
    return state_of(circuits.store.read(config_id), circuits.clock.now())


def _key(config_id: ProviderConfigId) -> str:
    return f"bankcore:circuits:{config_id}"


def _encoded(circuit: Circuit) -> bytes:
    tallies = [[each.since.isoformat(), each.calls, each.failures] for each in circuit.tallies]
    times = [None if at is None else at.isoformat() for at in (circuit.open_until, circuit.probe_until)]
    return json.dumps([tallies, circuit.in_a_row, *times]).encode()


def _decoded(stored: Any) -> Circuit:
    """What stands there; what nobody can read is closed, and is forgotten by itself."""
    try:
        tallies, in_a_row, open_until, probe_until = json.loads(stored)
        return Circuit(
            tallies=tuple(
                CallTally(since=datetime.fromisoformat(since), calls=calls, failures=failures)
                for since, calls, failures in tallies
            ),
            in_a_row=in_a_row,
            open_until=_time(open_until),
            probe_until=_time(probe_until),
        )
    except (TypeError, ValueError):
        return CLOSED


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
