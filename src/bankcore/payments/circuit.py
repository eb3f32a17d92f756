"""Circuit: whether a provider configuration is worth an order now. One that keeps failing is left alone for a while."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from bankcore.payments.configurations import ProviderConfigId

WINDOW: Final = timedelta(seconds=60)
TALLY_SPAN_S: Final = 10
CALLS_MIN: Final = 20
FAILURES_IN_A_ROW: Final = 5
OPEN_FOR: Final = timedelta(seconds=30)
PROBE_FOR: Final = timedelta(seconds=40)
"""A probe whose sender died is over by then: longer than a provider is waited for."""
FORGOTTEN_AFTER: Final = timedelta(minutes=2)
"""A circuit that nobody changed for so long is closed."""


class CallResult(StrEnum):
    """What a call says of the provider, whatever it says of the payment."""

    ANSWERED = "answered"
    FAILED = "failed"
    SAID_NOTHING = "said_nothing"
    """The order was refused for what stands in it, perhaps before anything was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTally:
    """The calls that ended in one span of time."""

    since: datetime
    calls: int
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """Closed: orders are sent. Open: none is, until a time. After it one probe is sent, and decides."""

    tallies: tuple[CallTally, ...] = ()
    in_a_row: int = 0
    open_until: datetime | None = None
    probe_until: datetime | None = None

    def is_open_at(self, now: datetime) -> bool:
        """Whether no order is to be sent, because it is too early or somebody else's probe is under way."""
        if self.open_until is None:
            return False
        return now < self.open_until or (self.probe_until is not None and now < self.probe_until)

    def needs_probe_at(self, now: datetime) -> bool:
        """Whether the next order is the probe."""
        return self.open_until is not None and not self.is_open_at(now)

    def probed(self, now: datetime) -> "Circuit":
        """With a probe under way."""
        return replace(self, probe_until=now + PROBE_FOR)

    @property
    def is_untroubled(self) -> bool:
        """Whether one more answer changes nothing but how many calls there were."""
        return self.open_until is None and self.in_a_row == 0

    def joined(self, answered: "Circuit", now: datetime) -> "Circuit":
        """With calls that were answered and are told only now. Those of before it opened say nothing."""
        if self.open_until is not None or not answered.tallies:
            return self
        added = {each.since: each.calls for each in answered.tallies if each.since > now - WINDOW}
        summed = [replace(each, calls=each.calls + added.pop(each.since, 0)) for each in self.tallies]
        new = [CallTally(since=since, calls=calls, failures=0) for since, calls in added.items()]
        return replace(self, tallies=(*summed, *new))

    def told(self, result: CallResult, now: datetime) -> "Circuit":
        """After a call that ended so. What was sent before it opened says nothing of the time after that."""
        if self.open_until is not None:
            return self if now < self.open_until else self._decided(result, now)
        if result is CallResult.SAID_NOTHING:
            return self
        counted = self._counted(result is CallResult.FAILED, now)
        return _opened(now) if counted.is_failing else counted

    @property
    def is_failing(self) -> bool:
        """Whether what was counted opens it."""
        calls = sum(each.calls for each in self.tallies)
        failures = sum(each.failures for each in self.tallies)
        return self.in_a_row >= FAILURES_IN_A_ROW or (calls >= CALLS_MIN and 2 * failures >= calls)

    def _decided(self, result: CallResult, now: datetime) -> "Circuit":
        match result:
            case CallResult.ANSWERED:
                return CLOSED
            case CallResult.FAILED:
                return _opened(now)
            case _:
                return replace(self, probe_until=None)

    def _counted(self, has_failed: bool, now: datetime) -> "Circuit":  # noqa: FBT001 - it is what is counted
        since = now.replace(second=now.second // TALLY_SPAN_S * TALLY_SPAN_S, microsecond=0)
        kept = {each.since: each for each in self.tallies if each.since > now - WINDOW}
        last = kept.get(since, CallTally(since=since, calls=0, failures=0))
        kept[since] = CallTally(since=since, calls=last.calls + 1, failures=last.failures + has_failed)
        return Circuit(tallies=tuple(kept.values()), in_a_row=self.in_a_row + 1 if has_failed else 0)


CLOSED: Final = Circuit()


def _opened(now: datetime) -> Circuit:
    return Circuit(open_until=now + OPEN_FOR)


class CircuitStore(Protocol):
    """Circuits that all who send orders share, each closed again `FORGOTTEN_AFTER` its last change."""

    @abstractmethod
    def read(self, config_id: ProviderConfigId) -> Circuit:
        """How it stands."""

    @abstractmethod
    def swap(self, config_id: ProviderConfigId, before: Circuit, after: Circuit) -> bool:
        """Let it stand as `after` if it still stands as `before`. Returns whether it did."""
