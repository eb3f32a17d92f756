"""Who is told of each order that was sent to a provider, and of what came back."""

from abc import abstractmethod
from typing import Protocol


class OrderWatcher(Protocol):
    """Is told of an order of a payment: the provider's name, one of four kinds of answer, and how long it took."""

    @abstractmethod
    def __call__(self, *, provider: str, answer: str, duration_s: float) -> None:
        """Take note of it, at once and without raising."""


class OrderWatchers:
    """All that are told, for one bank."""

    def __init__(self) -> None:
        self._watchers: tuple[OrderWatcher, ...] = ()

    def add(self, watcher: OrderWatcher) -> None:
        """Tell that one too."""
        self._watchers = (*self._watchers, watcher)

    def tell(self, *, provider: str, answer: str, duration_s: float) -> None:
        """Tell all of an order."""
        for watcher in self._watchers:
            watcher(provider=provider, answer=answer, duration_s=duration_s)
