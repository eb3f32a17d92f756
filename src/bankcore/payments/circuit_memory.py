"""CircuitMemory: what one process remembers of circuits that let orders pass, so that it need not ask each time."""

from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from bankcore.payments.circuit import CLOSED, CallResult, Circuit
from bankcore.payments.configurations import ProviderConfigId

REMEMBERED_FOR: Final = timedelta(milliseconds=100)
"""For so long orders go on where another process has seen a provider fail."""
TOLD_AFTER: Final = timedelta(seconds=1)
"""For so long answers are kept back, if nothing fails."""


class CircuitMemory:
    """Closed circuits as they were a moment ago, and the answers that the others were not told of; for any threads."""

    def __init__(self) -> None:
        self._known: dict[ProviderConfigId, tuple[datetime, Circuit]] = {}
        self._told_at: dict[ProviderConfigId, datetime] = {}
        self._untold: dict[ProviderConfigId, Circuit] = {}
        self._lock = Lock()

    def find(self, config_id: ProviderConfigId, now: datetime) -> Circuit | None:
        """The circuit, if it was closed a moment ago."""
        known = self._known.get(config_id)
        return None if known is None or not _is_within(REMEMBERED_FOR, known[0], now) else known[1]

    def keep(self, config_id: ProviderConfigId, circuit: Circuit, now: datetime) -> None:
        """Remember how it stands, unless it is open: that is read each time."""
        if circuit.open_until is None:
            self._known[config_id] = (now, circuit)
        else:
            self._known.pop(config_id, None)

    def tells_later(self, config_id: ProviderConfigId, now: datetime) -> bool:
        """Count an answer to be told later. Returns whether it can wait: the last time was a moment ago."""
        with self._lock:
            told_at = self._told_at.get(config_id)
            if told_at is None or not _is_within(TOLD_AFTER, told_at, now):
                return False
            self._untold[config_id] = self._untold.get(config_id, CLOSED).told(CallResult.ANSWERED, now)
            return True

    def take_untold(self, config_id: ProviderConfigId, now: datetime) -> Circuit:
        """The answers that were not told, as the calls of a circuit; whoever takes them tells them now."""
        with self._lock:
            self._told_at[config_id] = now
            return self._untold.pop(config_id, CLOSED)

    def put_back(self, config_id: ProviderConfigId, untold: Circuit, now: datetime) -> None:
        """They could not be told, and will be the next time."""
        with self._lock:
            self._untold[config_id] = self._untold.get(config_id, CLOSED).joined(untold, now)


def _is_within(duration: timedelta, since: datetime, now: datetime) -> bool:
    """Whether that is not over; a clock that was put back ends it."""
    return since <= now < since + duration
