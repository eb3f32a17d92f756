"""Callers in the queue of a group commit, and what they are called for."""

import threading
import time
from collections.abc import Callable, Sequence
from enum import Enum, auto

from bankcore.ledger.batch import Request
from bankcore.ledger.outcomes import Outcome


class Turn(Enum):
    """What a caller is to do when it is woken."""

    WAIT = auto()
    LEAD = auto()
    ALONE = auto()
    DONE = auto()


class Place:
    """A caller in the queue: its request, its turn, and at the end what became of the request.

    `others` are those it leads, and `outcomes` what became of all of them, itself first.
    """

    __slots__ = ("_bell", "_error", "_outcome", "others", "outcomes", "request", "turn")

    def __init__(self, request: Request) -> None:
        self.request = request
        self.turn = Turn.WAIT
        self.others: Sequence[Place] = ()
        self.outcomes: Sequence[Outcome] | None = None
        self._outcome: Outcome | None = None
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

    def post_patiently(self, post: Callable[["Place", float], None]) -> None:
        """Have it posted where it may take its time; it has waited from now on."""
        post(self, time.monotonic())

    def answer(self, outcome: Outcome) -> None:
        """Its request has that outcome."""
        self._outcome = outcome
        self.call(Turn.DONE)

    def fail(self, error: BaseException) -> None:
        """Its request came to that."""
        self._error = error
        self.call(Turn.DONE)

    def outcome(self) -> Outcome:
        """What became of the request; an error is raised."""
        if self._error is not None:
            raise self._error
        assert self._outcome is not None  # noqa: S101 - whoever is called has one or the other
        return self._outcome
