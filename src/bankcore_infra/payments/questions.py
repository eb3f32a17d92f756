"""Questions: asks several providers at once, so that one that hangs keeps nobody waiting but who asks it."""

from collections import Counter
from collections.abc import Callable, Collection
from threading import Condition, Thread
from typing import Final

from typing_extensions import override

from bankcore.payments.configurations import ProviderConfigId

AT_ONCE_MAX: Final = 64
AT_ONCE_MAX_EACH: Final = 4
"""Of one configuration; as many as 16 of them may hang, and the next one is still asked."""


class Questions:
    """Each is asked in a thread of its own, which waits for a provider nearly all of the time."""

    def __init__(self) -> None:
        self._asked: Counter[ProviderConfigId] = Counter()
        self._change = Condition()
        self._ended = 0

    @property
    def has_room(self) -> bool:
        """Whether one more may be begun."""
        with self._change:
            return self._asked.total() < AT_ONCE_MAX

    @property
    def busy(self) -> Collection[ProviderConfigId]:
        """The configurations that are asked as much at once as one may be."""
        with self._change:
            return [config_id for config_id, asked in self._asked.items() if asked >= AT_ONCE_MAX_EACH]

    @property
    def ended(self) -> int:
        """How many have ended since it was made."""
        with self._change:
            return self._ended

    def begin(self, config_id: ProviderConfigId, ask: Callable[[], object]) -> None:
        """Ask a question of that configuration, which raises nothing."""
        with self._change:
            self._asked[config_id] += 1
        # Whoever stops the process does not wait for a provider that hangs.
        Thread(target=self._ask, args=(config_id, ask), daemon=True).start()

    def wait(self, timeout_s: float, *, ended: int) -> bool:
        """Wait until more have ended than that, unless none is asked. Returns whether any is asked."""
        with self._change:
            is_asking = bool(self._asked)
            if is_asking:
                self._change.wait_for(lambda: self._ended > ended, timeout_s)
            return is_asking

    def wait_for_all(self) -> None:
        """Wait until none is asked."""
        with self._change:
            self._change.wait_for(lambda: not self._asked)

    def _ask(self, config_id: ProviderConfigId, ask: Callable[[], object]) -> None:
        try:
            ask()
        finally:
            with self._change:
                self._asked -= Counter({config_id: 1})
                self._ended += 1
                self._change.notify_all()


class OneByOne(Questions):
    """Each is waited for by whoever begins it."""

    @override
    def begin(self, config_id: ProviderConfigId, ask: Callable[[], object]) -> None:
        ask()
