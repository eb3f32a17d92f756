"""A lane of few places: whoever waits for one takes turns with those from elsewhere (docs/adr/0026)."""

import asyncio
from collections import OrderedDict, deque


class TurnLane:
    """Lets so many in at once. Those who wait are let in by turns of where they come from, and from there in order.

    So whoever sends very many requests from one place makes only that place wait. It belongs to one event loop.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        """By where they come from; who is first has the next turn. Nobody waits while a place is free."""

    async def enter(self, origin: str) -> None:
        """Wait for a place. Whoever is let in calls `leave`; whoever stops waiting has none."""
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(origin, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # A place may have been given at the moment at which the wait was given up.
            if not turn.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Give the place to whoever has the next turn."""
        while self._waiting:
            origin, turns = self._waiting.popitem(last=False)
            while turns:
                turn = turns.popleft()
                # Who gave up still stands here.
                if not turn.done():
                    if turns:
                        self._waiting[origin] = turns
                    turn.set_result(None)
                    return
        self._free += 1
