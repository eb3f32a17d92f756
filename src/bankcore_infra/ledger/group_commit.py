"""GroupCommit: posts single commands of concurrent callers together, while each caller gets an answer of its own.

There is no timer and no thread: whoever finds a free lane leads, and posts at once; whoever comes while all lanes are
taken waits in a queue, and the next leader, who is the first of them, takes everybody along. So an idle bank answers
as if there were no queue, and a busy one pays for one commit where it would have paid for many.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from copy import copy
from enum import Enum, auto
from typing import Final

from bankcore.errors import OutcomeUnknownError, UnavailableError
from bankcore.ledger.batch import Request
from bankcore.ledger.outcomes import Outcome

PostTogether = Callable[[Sequence[Request]], list[Outcome]]
"""Posts the requests in one unit of work, and returns their outcomes in the same order.

It gives up soon where it waits for what others hold, since everybody waits behind it.
"""
PostAlone = Callable[[Request], Outcome]
"""Posts one request, with all the patience that its caller has."""

# More than one only makes the batches smaller, and the threads of one process then wait for each other (measured).
_LANES: Final = 1
# Bounds how long anybody waits for those who happen to share a unit of work.
_SIZE_MAX: Final = 256
# How often in a row nobody came before a leader takes it that nobody will.
_LOOKS: Final = 3
# How long anybody stands in the queue: whoever is in front may be waiting for a server that is gone.
WAIT_MAX_S: Final = 4.0
# What failed later than that has used up its callers' time, and would fail again.
_SECOND_TRY_WITHIN_S: Final = 3.0


class Turn(Enum):
    """What a caller is to do when it is woken."""

    WAIT = auto()
    LEAD = auto()
    ALONE = auto()
    DONE = auto()


class Place:
    """A caller in the queue: its request, its turn, and at the end what became of the request."""

    __slots__ = ("_bell", "_error", "_outcome", "request", "turn")

    def __init__(self, request: Request) -> None:
        """Waiting, with that request."""
        self.request = request
        self.turn = Turn.WAIT
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


class GroupCommit:
    """The queue in front of one tenant's books."""

    def __init__(
        self, together: PostTogether, alone: PostAlone, *, lanes: int = _LANES, size_max: int = _SIZE_MAX
    ) -> None:
        """With at most that many units of work at once, each of at most that many requests."""
        self._together = together
        self._alone = alone
        self._size_max = size_max
        self._last_size = 1
        self._free_lanes = lanes
        self._queue: deque[Place] = deque()
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many callers are in the queue."""
        return len(self._queue)

    def post(self, request: Request) -> Outcome:
        """The outcome of the request.

        Raises:
            UnavailableError: nothing was recorded.
            OutcomeUnknownError: it may have been recorded.
            LedgerInvariantError: the command contradicts the books; those that shared its batch are posted without it.
        """
        place = Place(request)
        if self.enter(place):
            self.lead(place)
            return place.outcome()
        try:
            self._wait_in_queue(place)
        except BaseException:
            # Ctrl-C. What is being posted goes on; what is not is taken back.
            if not self.withdraw(place) and place.turn is Turn.LEAD:
                self.pass_on()
            raise
        self.take_turn(place)
        return place.outcome()

    def _wait_in_queue(self, place: Place) -> None:
        if place.wait(WAIT_MAX_S):
            return
        if self.withdraw(place):
            raise UnavailableError
        # It is being posted, or was called at this moment.
        place.wait()

    def enter(self, place: Place) -> bool:
        """Whether the place leads at once; else it is in the queue, and will be called."""
        with self._lock:
            if self._free_lanes:
                self._free_lanes -= 1
                return True
            self._queue.append(place)
            return False

    def withdraw(self, place: Place) -> bool:
        """Take the place out of the queue; False if it was called already."""
        with self._lock:
            if place not in self._queue:
                return False
            self._queue.remove(place)
            return True

    def take_turn(self, place: Place) -> None:
        """Do what a called place is to do."""
        if place.turn is Turn.LEAD:
            self.lead(place)
        elif place.turn is Turn.ALONE:
            self._post_alone(place)

    def lead(self, place: Place) -> None:
        """Post the request of the place, and with it those that wait."""
        others: list[Place] = []
        began = time.monotonic()
        try:
            self._let_others_come()
            others = self._take_along(place)
            self._last_size = 1 + len(others)
            outcomes = self._together([place.request, *[each.request for each in others]])
        except Exception as error:  # noqa: BLE001 - whatever it is, it may be the fault of one request alone
            self.pass_on()
            is_late = time.monotonic() - began > _SECOND_TRY_WITHIN_S
            self._part([place, *others], error, is_late=is_late)
        except BaseException:
            # This thread is told to end, and the others must not wait for it.
            self.pass_on()
            self._abandon(others)
            raise
        else:
            self.pass_on()
            for each, outcome in zip([place, *others], outcomes, strict=True):
                each.answer(outcome)

    def pass_on(self) -> None:
        """Let the first in the queue lead; if there is none, the lane is free."""
        with self._lock:
            if not self._queue:
                self._free_lanes += 1
                return
            following = self._queue.popleft()
        following.call(Turn.LEAD)

    def _let_others_come(self) -> None:
        """Step aside as long as that brings more callers: those of the last batch were just answered, and come again.

        Else the first of them would go alone and all the others with the next, and every other commit be for one.
        """
        if self._last_size == 1 and not self._queue:
            return
        looks, waiting = 0, len(self._queue)
        while looks < _LOOKS and waiting < self._size_max:
            time.sleep(0)
            looks = looks + 1 if len(self._queue) == waiting else 0
            waiting = len(self._queue)

    def _take_along(self, leader: Place) -> list[Place]:
        """Those in the queue that a lost connection leaves in the same state: all can be sent again, or none.

        The others keep their order, and the first of them leads next.
        """
        is_repeatable = leader.request.command.is_repeatable
        along: list[Place] = []
        left: deque[Place] = deque()
        with self._lock:
            for place in self._queue:
                fits = len(along) < self._size_max - 1 and place.request.command.is_repeatable == is_repeatable
                (along if fits else left).append(place)
            self._queue = left
        return along

    def _part(self, group: Sequence[Place], error: Exception, *, is_late: bool) -> None:
        """Each is posted alone, since one may have failed them all; unless that could post something twice."""
        leader, *others = group
        if isinstance(error, OutcomeUnknownError):
            for each in group:
                each.fail(OutcomeUnknownError())
        elif is_late or (not others and not isinstance(error, UnavailableError)):
            for each in group:
                each.fail(copy(error))
        else:
            for each in others:
                each.call(Turn.ALONE)
            self._post_alone(leader)

    def _abandon(self, others: Sequence[Place]) -> None:
        for each in others:
            if each.request.command.is_repeatable:
                each.call(Turn.ALONE)
            else:
                each.fail(OutcomeUnknownError())

    def _post_alone(self, place: Place) -> None:
        try:
            outcome = self._alone(place.request)
        except Exception as error:  # noqa: BLE001 - it is raised where the request was made
            place.fail(error)
        else:
            place.answer(outcome)
