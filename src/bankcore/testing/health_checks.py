"""Checks of providers in memory."""

from collections.abc import Mapping, Sequence

from bankcore.clock import Clock
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.health import HEALTH_KEPT_FOR, HealthAnswer, HealthChecks
from bankcore.payments.ports import UsableProvider


class InMemoryHealthChecks(HealthChecks):
    """Asks one after the other, and keeps what each said."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[tuple[ProviderConfigId, int], HealthAnswer] = {}

    def ask(self, providers: Sequence[UsableProvider]) -> Mapping[ProviderConfigId, HealthAnswer]:
        return {each.config.id: self._answer_of(each) for each in providers}

    def _answer_of(self, usable: UsableProvider) -> HealthAnswer:
        key = (usable.config.id, usable.config.version)
        kept = self._kept.get(key)
        if kept is None or self._clock.now() >= kept.at + HEALTH_KEPT_FOR:
            kept = self._kept[key] = HealthAnswer(self._clock.now(), usable.provider.health_check())
        return kept
