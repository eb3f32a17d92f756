"""How the books in memory serve a task of asyncio."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def run_for_task(work: Callable[[], T]) -> T:
    """The result of the work, after the other tasks, which come first on a server too."""
    await asyncio.sleep(0)
    return work()
