"""Providers are asked how they do side by side, and one that hangs keeps neither the others nor whoever asks."""

import time
from collections.abc import Iterator
from dataclasses import replace
from threading import Event
from typing import Final
from uuid import UUID

import pytest
from typing_extensions import override

from bankcore.payments.configurations import ProviderConfig, ProviderConfigId
from bankcore.payments.health import HEALTH_KEPT_FOR
from bankcore.payments.ports import UsableProvider
from bankcore.providers.ports import ProviderHealth
from bankcore.providers.states import ProviderMode
from bankcore.testing.clock import START, FrozenClock
from bankcore.testing.providers import InMemoryProvider
from bankcore_infra.payments.health import KeptHealthChecks

CONFIG: Final = ProviderConfig(id=ProviderConfigId(UUID(int=1)), name="a", provider="memory", created_at=START)


class Hanging(InMemoryProvider):
    """Says nothing until it is let go."""

    def __init__(self, may_answer: Event) -> None:
        super().__init__()
        self.may_answer = may_answer
        self.checks = 0

    @override
    def health_check(self) -> ProviderHealth:
        self.checks += 1
        self.may_answer.wait()
        return super().health_check()


@pytest.fixture
def may_answer() -> Iterator[Event]:
    event = Event()
    yield event
    event.set()


def usable(number: int, provider: InMemoryProvider) -> UsableProvider:
    config = replace(CONFIG, id=ProviderConfigId(UUID(int=number)), name=f"a{number}")
    return UsableProvider(config=config, mode=ProviderMode.TEST, provider=provider, webhook_url="https://b.example/")


def test_one_that_hangs_is_left_out_asked_once_and_there_when_it_has_answered(may_answer: Event) -> None:
    clock, hanging = FrozenClock(), Hanging(may_answer)
    checks = KeptHealthChecks(clock, wait_s=0.05)
    asked = [usable(1, hanging), usable(2, InMemoryProvider())]

    began = time.monotonic()
    for _ in range(3):
        assert list(checks.ask(asked)) == [asked[1].config.id]
    clock.advance(HEALTH_KEPT_FOR)
    assert list(checks.ask(asked)) == [asked[1].config.id]
    assert (hanging.checks, time.monotonic() - began < 5) == (1, True)

    may_answer.set()
    answers = checks.ask([asked[0]])
    while not answers:
        answers = checks.ask([asked[0]])
    assert answers[asked[0].config.id].health is ProviderHealth.UP
    assert hanging.checks == 1


def test_many_are_asked_at_once(may_answer: Event) -> None:
    checks = KeptHealthChecks(FrozenClock(), wait_s=0.05)
    asked = [Hanging(may_answer) for _ in range(4)]

    assert checks.ask([usable(number, each) for number, each in enumerate(asked)]) == {}

    assert [each.checks for each in asked] == [1] * 4
