"""The group commit for asyncio: many tasks wait without a thread for each, and their commands are posted together."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from typing_extensions import override

from bankcore.errors import Unavailability, UnavailableError
from bankcore.ledger.outcomes import Outcome
from bankcore.ledger.requests import Request
from bankcore_infra.db.group_commit import PATIENT_MAX, WAIT_MAX_S, GroupCommit
from bankcore_infra.db.places import Place, Turn
from bankcore_infra.processes import renew_in_children

# For those who lead, for those who are posted alone after a batch that failed, and for those of them who wait for what
# somebody holds: nobody of one kind waits for those of another. They start when they are needed.
_LEADING, _ALONE = 2, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Threads:
    """What tasks are posted in."""

    leading: Executor
    alone: Executor
    patient: Executor


class TaskQueue:
    """The queue of the group commit for tasks.

    A task that is cancelled while its command waits takes it back; once it is being posted it is posted, as if the
    caller had hung up: ask again with the same key.
    """

    def __init__(self, group_commit: GroupCommit[Request, Outcome]) -> None:
        self._group_commit = group_commit
        self._begin_anew()
        renew_in_children(self._begin_anew)

    def _begin_anew(self) -> None:
        """With threads of this process."""
        self._threads = _Threads(
            leading=ThreadPoolExecutor(_LEADING, thread_name_prefix="bankcore aio"),
            alone=ThreadPoolExecutor(_ALONE, thread_name_prefix="bankcore aio alone"),
            patient=ThreadPoolExecutor(PATIENT_MAX, thread_name_prefix="bankcore aio patient"),
        )

    async def post(self, request: Request) -> Outcome:
        """As `GroupCommit.post`."""
        place = _TaskPlace(request, self._group_commit, self._threads)
        if self._group_commit.enter(place):
            place.call(Turn.LEAD)
        try:
            await asyncio.wait([place.settled], timeout=WAIT_MAX_S)
            if not place.settled.done() and self._group_commit.withdraw(place):
                raise UnavailableError(reason=Unavailability.OVERLOADED)
            await place.settled
        except asyncio.CancelledError:
            self._group_commit.withdraw(place)
            raise
        return place.outcome()


class _TaskPlace(Place[Request, Outcome]):
    """A task in the queue. The loop never posts: what a place is called for is done in threads that outlive it."""

    __slots__ = ("_group_commit", "_loop", "_threads", "settled")

    def __init__(self, request: Request, group_commit: GroupCommit[Request, Outcome], threads: _Threads) -> None:
        super().__init__(request)
        loop = asyncio.get_running_loop()
        self._group_commit = group_commit
        self._threads = threads
        self._loop = loop
        self.settled: asyncio.Future[None] = loop.create_future()

    @override
    def call(self, turn: Turn) -> None:
        self.turn = turn
        if turn is not Turn.DONE:
            # Not by way of the loop, which may end before it comes to that, and the lane would be lost with it.
            threads = self._threads.leading if turn is Turn.LEAD else self._threads.alone
            threads.submit(self._group_commit.take_turn, self)
            return
        # A loop that is closed has nobody left who waits.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._settle)

    @override
    def post_patiently(self, post: Callable[[Place[Request, Outcome], float], None]) -> None:
        self._threads.patient.submit(post, self, time.monotonic())

    def _settle(self) -> None:
        if not self.settled.done():
            self.settled.set_result(None)
