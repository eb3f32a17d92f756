"""The baseline as a subject: its transfers in process, from threads."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from typing import Final
from uuid import UUID

from sqlalchemy import create_engine

from bench.baseline.service import TransferRequest, TransferService
from bench.figures import Subject
from bench.threads import Call, ThreadedCalls
from bench.world import orm_url

ACCOUNTS: Final = 10_000
_ONE: Final = Decimal("0.01")


@contextmanager
def orm_transfers(url: str, ids: Sequence[UUID], *, threads: int, is_hot: bool = False) -> Iterator[Subject]:
    """Single transfers by the ORM service from so many threads of one process."""
    engine = create_engine(orm_url(url), pool_size=threads, max_overflow=0)
    service = TransferService(engine)
    try:
        yield ThreadedCalls([_transfer(service, ids, is_hot=is_hot) for _ in range(threads)])
    finally:
        engine.dispose()


def _transfer(service: TransferService, ids: Sequence[UUID], *, is_hot: bool) -> Call:
    chance = random.Random()
    prefix, numbers = f"{random.SystemRandom().getrandbits(64):016x}", count()

    def call() -> int:
        source, target = (ids[0], chance.choice(ids[1:])) if is_hot else chance.sample(ids, 2)
        service.transfer(
            TransferRequest(
                actor_id="holder",
                source_id=source,
                target_id=target,
                amount=_ONE,
                currency="USD",
                key=f"{prefix}-{next(numbers)}",
            )
        )
        return 1

    return call
