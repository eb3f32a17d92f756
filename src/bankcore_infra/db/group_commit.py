"""GroupCommit: posts single requests of concurrent callers together, while each caller gets an answer of its own.

There is no timer and no thread: whoever finds a free lane leads, and posts at once; whoever comes while all lanes are
taken waits in a queue, and the next leader, who is the first of them, takes everybody along. So an idle bank answers
as if there were no queue, and a busy one pays for one commit where it would have paid for many.

A thread that leads may be stopped anywhere, by Ctrl-C or by a time limit that a signal keeps. What such a moment could
leave half done is therefore kept where `leave` finds it: who leads in `_leaders`, whom it leads in its place.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from copy import copy
from typing import Final, Generic

from bankcore.errors import BankcoreError, LedgerInvariantError, OutcomeUnknownError, Unavailability, UnavailableError
from bankcore_infra.db.places import A, Place, R, Turn
from bankcore_infra.db.pool import Turnstile
from bankcore_infra.processes import renew_in_children

PostTogether = Callable[[Sequence[R]], Sequence[A]]
"""Posts the requests in one unit of work, and returns their outcomes in the same order.

It gives up soon where it waits for what others hold, since everybody waits behind it.
"""
PostAlone = Callable[[R], A]
"""Posts one request, with less or more patience for what others hold."""

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
# Who waits for an account that somebody holds has a connection meanwhile, which those with other accounts need.
PATIENT_MAX: Final = 4


class GroupCommit(Generic[R, A]):
    """The queue in front of one tenant's books, for requests of one kind."""

    def __init__(
        self,
        together: PostTogether[R, A],
        alone: PostAlone[R, A],
        *,
        patiently: PostAlone[R, A] | None = None,
        is_undone: Callable[[], bool] = lambda: False,
        lanes: int = _LANES,
        size_max: int = _SIZE_MAX,
    ) -> None:
        """With at most that many units of work at once, each of at most that many requests.

        `patiently` posts what could not be posted alone for what others hold. `is_undone` tells whether it is certain
        that the last unit of work of this thread recorded nothing.
        """
        self._together = together
        self._alone = alone
        self._patiently = patiently
        self._is_undone = is_undone
        self._lanes = lanes
        self._size_max = size_max
        self._begin_anew()
        renew_in_children(self._begin_anew)

    def _begin_anew(self) -> None:
        """With nobody here: those who are were left behind in the process that forked."""
        self._last_size = 1
        self._queue: deque[Place[R, A]] = deque()
        self._leaders: dict[Place[R, A], bool] = {}
        self._lock = threading.Lock()
        self._patient = Turnstile(PATIENT_MAX)

    @property
    def waiting(self) -> int:
        """How many callers are in the queue."""
        return len(self._queue)

    def post(self, request: R) -> A:
        """The outcome of the request.

        Raises:
            UnavailableError: nothing was recorded.
            OutcomeUnknownError: it may have been recorded.
            LedgerInvariantError: the command contradicts the books; those that shared its batch are posted without it.
        """
        place: Place[R, A] = Place(request)
        try:
            if not self.enter(place):
                self._wait_in_queue(place)
            self.take_turn(place)
            return place.outcome()
        except BaseException:
            self.leave(place)
            raise

    def enter(self, place: Place[R, A]) -> bool:
        """Whether the place leads at once; else it is in the queue, and will be called."""
        with self._lock:
            if len(self._leaders) < self._lanes:
                place.turn = Turn.LEAD
                self._leaders[place] = True
                return True
            self._queue.append(place)
            return False

    def withdraw(self, place: Place[R, A]) -> bool:
        """Take the place out of the queue; False if it was called already."""
        with self._lock:
            if place not in self._queue:
                return False
            self._queue.remove(place)
            return True

    def take_turn(self, place: Place[R, A]) -> None:
        """Do what a called place is to do."""
        if place.turn is Turn.LEAD:
            self.lead(place)
        elif place.turn is Turn.ALONE:
            self._post_alone(place)

    def lead(self, place: Place[R, A]) -> None:
        """Post the request of the place, and with it those that wait."""
        try:
            self._lead(place)
        except BaseException:
            self.leave(place)
            raise

    def _lead(self, place: Place[R, A]) -> None:
        began = time.monotonic()
        try:
            self._let_others_come()
            self._take_along(place)
            self._last_size = 1 + len(place.others)
            place.outcomes = self._together([place.request, *[each.request for each in place.others]])
        except Exception as error:  # noqa: BLE001 - whatever it is, it may be the fault of one request alone
            self._pass_on(place)
            self._part(place, error, is_late=time.monotonic() - began > _SECOND_TRY_WITHIN_S)
        else:
            self._pass_on(place)
            for each, outcome in zip([place, *place.others], place.outcomes, strict=True):
                each.answer(outcome)

    def leave(self, place: Place[R, A]) -> None:
        """Let nobody wait for a caller that is stopped, wherever it was: in the queue, leading, or answering others.

        What is known of the others is told them. What may have been recorded is posted again only where that cannot
        double it.
        """
        self.withdraw(place)
        with self._lock:
            is_leading = place in self._leaders
        if is_leading:
            self._pass_on(place)
        self._abandon(place)
        with self._lock:
            # Somebody may have been stopped between choosing the next leader and calling it.
            for leader in self._leaders:
                if leader.turn is Turn.WAIT:
                    leader.call(Turn.LEAD)

    def _wait_in_queue(self, place: Place[R, A]) -> None:
        if place.wait(WAIT_MAX_S):
            return
        if self.withdraw(place):
            raise UnavailableError(reason=Unavailability.OVERLOADED)
        # It is being posted, or was called at this moment.
        place.wait()

    def _pass_on(self, place: Place[R, A]) -> None:
        """Let the first in the queue lead instead of the place; if there is none, the lane is free."""
        with self._lock:
            following = self._queue[0] if self._queue else None
            if following is not None:
                self._leaders[following] = True
                del self._queue[0]
            self._leaders.pop(place, None)
            if following is not None:
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

    def _take_along(self, leader: Place[R, A]) -> None:
        """Those in the queue that a lost connection leaves in the same state: all can be sent again, or none.

        The others keep their order, and the first of them leads next.
        """
        is_repeatable = leader.request.is_repeatable
        along: list[Place[R, A]] = []
        left: deque[Place[R, A]] = deque()
        with self._lock:
            for place in self._queue:
                fits = len(along) < self._size_max - 1 and place.request.is_repeatable == is_repeatable
                (along if fits else left).append(place)
            self._queue = left
            leader.others = along

    def _part(self, leader: Place[R, A], error: Exception, *, is_late: bool) -> None:
        """Each is posted alone, since one may have failed them all; unless that could post something twice."""
        is_foreign = not isinstance(error, BankcoreError | LedgerInvariantError)
        if isinstance(error, OutcomeUnknownError):
            for each in (leader, *leader.others):
                each.fail(OutcomeUnknownError())
        elif is_foreign and not self._is_undone():
            self._abandon(leader)
            leader.fail(error)
        elif is_late or (not leader.others and not isinstance(error, UnavailableError)):
            for each in (leader, *leader.others):
                each.fail(copy(error))
        else:
            for each in leader.others:
                each.call(Turn.ALONE)
            self._post_alone(leader)

    def _abandon(self, leader: Place[R, A]) -> None:
        """Tell those of the others that still wait what became of them, or let them go alone if that is safe."""
        is_undone = leader.outcomes is None and self._is_undone()
        for number, each in enumerate(leader.others, start=1):
            if each.turn is not Turn.WAIT:
                continue
            if leader.outcomes is not None:
                each.answer(leader.outcomes[number])
            elif is_undone or each.request.is_repeatable:
                each.call(Turn.ALONE)
            else:
                each.fail(OutcomeUnknownError())

    def _post_alone(self, place: Place[R, A]) -> None:
        began = time.monotonic()
        try:
            outcome = self._alone(place.request)
        except UnavailableError as error:
            if self._patiently is None or time.monotonic() - began > _SECOND_TRY_WITHIN_S:
                place.fail(error)
            else:
                place.post_patiently(self._post_patiently)
        except Exception as error:  # noqa: BLE001 - it is raised where the request was made
            place.fail(error)
        else:
            place.answer(outcome)

    def _post_patiently(self, place: Place[R, A], since: float) -> None:
        """Post what waits for somebody's account; so many at once that those with other accounts are not kept."""
        assert self._patiently is not None  # noqa: S101 - else nobody is patient
        left_s = since + _SECOND_TRY_WITHIN_S - time.monotonic()
        if left_s < 0 or not self._patient.enter(timeout_s=left_s):
            place.fail(UnavailableError(reason=Unavailability.OVERLOADED))
            return
        try:
            outcome = self._patiently(place.request)
        except Exception as error:  # noqa: BLE001 - as above
            place.fail(error)
        else:
            place.answer(outcome)
        finally:
            self._patient.leave()
