"""Asks providers how they do, side by side, and keeps what they said for a minute."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from threading import Lock
from typing import Final

from typing_extensions import override

from bankcore.clock import Clock
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.health import HEALTH_KEPT_FOR, HealthAnswer, HealthChecks
from bankcore.payments.ports import UsableProvider
from bankcore_infra.clock import SystemClock

_THREADS: Final = 8
_WAIT_S: Final = 5.0
_Key = tuple[ProviderConfigId, int]


@cache
def health_checks() -> HealthChecks:
    """The checks of this process: the same for all tenants."""
    return KeptHealthChecks(SystemClock())


class KeptHealthChecks(HealthChecks):
    """Of this process alone. Nobody waits longer than a few seconds, and a provider that hangs is asked once."""

    def __init__(self, clock: Clock, *, wait_s: float = _WAIT_S) -> None:
        self._clock = clock
        self._wait_s = wait_s
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="provider-health")
        self._asked: dict[_Key, Future[HealthAnswer]] = {}
        self._lock = Lock()

    @override
    def ask(self, providers: Sequence[UsableProvider]) -> Mapping[ProviderConfigId, HealthAnswer]:
        with self._lock:
            asked = {each.config.id: self._answer_of(each) for each in providers}
        wait(asked.values(), self._wait_s)
        return {config_id: answer.result() for config_id, answer in asked.items() if answer.done()}

    def _answer_of(self, usable: UsableProvider) -> Future[HealthAnswer]:
        """What is kept, or what is asked for now."""
        # New credentials are another account.
        key = (usable.config.id, usable.config.version)
        kept = self._asked.get(key)
        if kept is None or (kept.done() and self._clock.now() >= kept.result().at + HEALTH_KEPT_FOR):
            kept = self._asked[key] = self._threads.submit(self._check, usable)
        return kept

    def _check(self, usable: UsableProvider) -> HealthAnswer:
        health = usable.provider.health_check()
        return HealthAnswer(self._clock.now(), health)
