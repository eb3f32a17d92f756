"""The lane of few places: turns by where somebody comes from, and no place is lost."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bankcore_http.serving.turns import TurnLane


async def stay(lane: TurnLane, origin: str, seen: list[str]) -> None:
    """Be let in, be seen, and leave a moment later."""
    await lane.enter(origin)
    seen.append(origin)
    await asyncio.sleep(0)
    lane.leave()


def run(work: Callable[[TurnLane], Awaitable[None]]) -> None:
    """Work with a lane of one place, which is free again in the end."""

    async def all_of_it() -> None:
        lane = TurnLane(1)
        await work(lane)
        await asyncio.wait_for(lane.enter("last"), 1)

    asyncio.run(all_of_it())


def test_who_comes_from_elsewhere_waits_for_one_of_a_crowd_and_not_for_all() -> None:
    seen: list[str] = []

    async def work(lane: TurnLane) -> None:
        await lane.enter("first")
        origins = [*["crowd"] * 50, "a", "b", "a"]
        waiting = [asyncio.ensure_future(stay(lane, origin, seen)) for origin in origins]
        await asyncio.sleep(0)
        lane.leave()
        await asyncio.gather(*waiting)

    run(work)

    assert seen == ["crowd", "a", "b", "crowd", "a", *["crowd"] * 48]


def test_whoever_gives_up_takes_nobodys_turn() -> None:
    seen: list[str] = []

    async def work(lane: TurnLane) -> None:
        await lane.enter("first")
        given_up = [asyncio.ensure_future(stay(lane, origin, seen)) for origin in ("a", "a", "b")]
        waiting = [asyncio.ensure_future(stay(lane, origin, seen)) for origin in ("a", "c")]
        await asyncio.sleep(0)
        for each in given_up:
            each.cancel()
        await asyncio.gather(*given_up, return_exceptions=True)
        lane.leave()
        await asyncio.gather(*waiting)

    run(work)

    assert seen == ["a", "c"]


@pytest.mark.parametrize("others", [0, 1])
def test_a_place_that_is_given_to_who_has_just_given_up_goes_to_the_next(others: int) -> None:
    seen: list[str] = []

    async def work(lane: TurnLane) -> None:
        await lane.enter("first")
        late = asyncio.ensure_future(stay(lane, "late", seen))
        waiting = [asyncio.ensure_future(stay(lane, "next", seen)) for _ in range(others)]
        await asyncio.sleep(0)
        lane.leave()
        late.cancel()
        await asyncio.gather(late, *waiting, return_exceptions=True)

    run(work)

    assert seen == ["next"] * others
