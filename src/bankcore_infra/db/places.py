"""Callers in the queue of a group commit, and what they are called for."""

import threading
import time
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Generic, Protocol, TypeVar


class Repeatable(Protocol):
    """What somebody asks for."""

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be sent again after a lost connection, without doing it twice."""


R = TypeVar("R", bound=Repeatable)
A = TypeVar("A")


class Turn(Enum):
    """What a caller is to do when it is woken."""

    WAIT = auto()
    LEAD = auto()
    ALONE = auto()
    DONE = auto()


class Place(Generic[R, A]):
    """A caller in the queue: its request, its turn, and at the end what became of the request.

    `others` are those it leads, and `outcomes` what became of all of them, itself first.
    """

    __slots__ = ("_bell", "_error", "_outcome", "others", "outcomes", "request", "turn")

    def __init__(self, request: R) -> None:
        self.request = request
        self.turn = Turn.WAIT
        self.others: Sequence[Place[R, A]] = ()
        self.outcomes: Sequence[A] | None = None
        self._outcome: A | None = None
        self._error: BaseException | None = None
        self._bell = threading.Lock()
        self._bell.acquire()

    def wait(self, timeout_s: float = -1) -> bool:
        """Until it is called, or that long; whether it was called."""
        return self._bell.acquire(timeout=timeout_s)

    def call(self, turn: Turn) -> None:
        """Wake whoever waits here."""
        self.turn = turn
        self._bell.release()

    def post_patiently(self, post: Callable[["Place[R, A]", float], None]) -> None:
        """Have it posted where it may take its time; it has waited from now on."""
        post(self, time.monotonic())

    def answer(self, outcome: A) -> None:
        """Its request has that outcome."""
        self._outcome = outcome
        self.call(Turn.DONE)

    def fail(self, error: BaseException) -> None:
        """Its request came to that."""
        self._error = error
        self.call(Turn.DONE)

    def outcome(self) -> A:
        """What became of the request; an error is raised."""
        if self._error is not None:
            raise self._error
        assert self._outcome is not None  # noqa: S101 - whoever is called has one or the other
        return self._outcome
