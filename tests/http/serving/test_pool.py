"""Threads answer an event loop, which is woken once for all the answers that it has not looked at."""

import asyncio
import threading
from typing import Any

from typing_extensions import override

from bankcore_http.serving.pool import ThreadPool


class CountedLoop(asyncio.SelectorEventLoop):
    """An event loop that counts how often other threads wake it."""

    woken = 0

    @override
    def call_soon_threadsafe(self, *arguments: Any, **options: Any) -> asyncio.Handle:  # type: ignore[override]
        self.woken += 1
        return super().call_soon_threadsafe(*arguments, **options)


def test_each_caller_gets_what_its_call_returns_or_raises() -> None:
    pool = ThreadPool(3)

    async def ask() -> list[tuple[int, int] | BaseException]:
        calls = [pool.run(divmod, 7, number) for number in (1, 0, 2)]
        return list(await asyncio.gather(*calls, return_exceptions=True))

    first, second, third = asyncio.run(ask())
    assert (first, third) == ((7, 0), (3, 1))
    assert isinstance(second, ZeroDivisionError)


def test_answers_that_nobody_has_looked_at_wake_the_loop_once() -> None:
    pool, answers_wanted = ThreadPool(1), 50
    gate = threading.Event()
    loop = CountedLoop()

    async def ask() -> list[int]:
        calls = [asyncio.ensure_future(pool.run(int, number)) for number in range(answers_wanted)]
        last = asyncio.ensure_future(pool.run(gate.set))
        await asyncio.sleep(0)
        # The loop stands still until the only thread has made the last answer.
        assert gate.wait(10)
        await last
        return await asyncio.gather(*calls)

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(ask()) == list(range(answers_wanted))
        assert loop.woken <= 3


def test_a_caller_that_has_left_is_told_nothing() -> None:
    pool, gate = ThreadPool(1), threading.Event()

    async def leave() -> int:
        left = asyncio.ensure_future(pool.run(gate.wait, 10))
        await asyncio.sleep(0)
        left.cancel()
        await asyncio.wait([left])
        gate.set()
        return await pool.run(int, 7)

    assert asyncio.run(leave()) == 7


def test_a_pool_serves_one_loop_after_another() -> None:
    pool = ThreadPool(1)

    assert [asyncio.run(pool.run(int, number)) for number in range(3)] == [0, 1, 2]


def test_a_thread_whose_loop_has_ended_goes_on() -> None:
    pool, gate, has_begun = ThreadPool(1), threading.Event(), threading.Event()

    def wait() -> None:
        has_begun.set()
        assert gate.wait(10)

    async def leave() -> None:
        left = asyncio.ensure_future(pool.run(wait))
        await asyncio.to_thread(has_begun.wait, 10)
        left.cancel()

    asyncio.run(leave())
    gate.set()

    assert asyncio.run(pool.run(int, 7)) == 7
