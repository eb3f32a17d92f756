"""Books that post when they are let, and callers that queue up before them."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

from bankcore.errors import NotFoundError
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Deposit
from bankcore.ledger.outcomes import Outcome
from bankcore.ledger.requests import Request
from bankcore.origin import LIBRARY
from bankcore_infra.db.group_commit import GroupCommit
from tests.worlds.values import npr

ACCOUNT = AccountId(UUID(int=1))
PATIENCE_S = 10


def request(key: str | None) -> Request:
    return Request(Deposit(ACCOUNT, npr("1"), idempotency_key=key), LIBRARY)


def key_of(outcome: Outcome) -> str | None:
    assert isinstance(outcome, Rejected)
    assert isinstance(outcome.reason, NotFoundError)
    return outcome.reason.identifier or None


class Books:
    """Posts when it is let, and remembers in which batches."""

    def __init__(self) -> None:
        self.batches: list[list[str | None]] = []
        self.at_once = 0
        self.at_once_max = 0
        self.fail: Callable[[Sequence[Request]], None] = lambda _requests: None
        self._open = threading.Event()
        self._open.set()
        self._lock = threading.Lock()

    def run(self, requests: Sequence[Request]) -> list[Outcome]:
        with self._lock:
            self.batches.append([each.command.idempotency_key for each in requests])
            self.at_once += 1
            self.at_once_max = max(self.at_once_max, self.at_once)
        try:
            assert self._open.wait(PATIENCE_S)
            self.fail(requests)
        finally:
            with self._lock:
                self.at_once -= 1
        return [
            Rejected(NotFoundError(resource="it", identifier=each.command.idempotency_key or "")) for each in requests
        ]

    def run_alone(self, request: Request) -> Outcome:
        (outcome,) = self.run([request])
        return outcome

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Whoever posts meanwhile waits until the block ends."""
        self._open.clear()
        yield
        self._open.set()


def queue_up(
    pool: ThreadPoolExecutor, books: Books, gate: GroupCommit[Request, Outcome], keys: Sequence[str | None]
) -> list[Future[Outcome]]:
    """Have these posted while the books are closed: the first leads, the others wait in this order."""
    futures = []
    for number, key in enumerate(keys):
        futures.append(pool.submit(gate.post, request(key)))
        while not (books.batches and gate.waiting == number):
            pass
    return futures


def queue_up_one(pool: ThreadPoolExecutor, gate: GroupCommit[Request, Outcome], key: str) -> Future[Outcome]:
    """Have it wait behind those that wait."""
    before = gate.waiting
    future = pool.submit(gate.post, request(key))
    while gate.waiting == before:
        pass
    return future
