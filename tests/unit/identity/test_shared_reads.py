"""One read for all who ask at the same time: never an old answer, and nobody stopped by somebody else's read."""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from bankcore_infra.identity import shared_reads
from bankcore_infra.identity.shared_reads import SharedReads

LONG_S = 10.0


@dataclass
class Source:
    """Values that are read; the first read begins, and goes on when it is let."""

    values: dict[str, int] = field(default_factory=dict)
    reads: list[list[str]] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    errors_of_shared: list[Exception] = field(default_factory=list)
    has_begun: threading.Event = field(default_factory=threading.Event)
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def read(self, keys: Sequence[str]) -> Mapping[str, int]:
        self.reads.append(sorted(keys))
        found = {key: self.values[key] for key in keys if key in self.values}
        if len(self.reads) == 1:
            self.has_begun.set()
            assert self.may_go_on.wait(LONG_S)
            if self.errors:
                raise self.errors.pop()
        if len(keys) > 1 and self.errors_of_shared:
            raise self.errors_of_shared.pop()
        return found


@dataclass
class Reading:
    """A source, and threads that ask."""

    source: Source
    reads: SharedReads[str, int]
    threads: ThreadPoolExecutor

    def ask(self, key: str) -> "Future[int | None]":
        return self.threads.submit(self.reads.find, key)

    def ask_behind(self, *keys: str) -> "list[Future[int | None]]":
        """Ask while a read is on its way, and return once all of them wait."""
        before = self.reads.waiting
        asked = [self.ask(key) for key in keys]
        wait_until(lambda: self.reads.waiting == before + len(keys))
        return asked


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = threading.Event()
    for _ in range(int(LONG_S * 1_000)):
        if is_so():
            return
        deadline.wait(0.001)
    raise TimeoutError


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Reading:
    monkeypatch.setattr(shared_reads, "_PATIENCE_S", LONG_S)
    source = Source({"a": 1, "b": 2, "c": 3})
    return Reading(source, SharedReads(source.read), ThreadPoolExecutor(8))


def test_those_who_ask_during_a_read_share_the_next_one(world: Reading) -> None:
    first = world.ask("a")
    assert world.source.has_begun.wait(LONG_S)
    others = world.ask_behind("b", "c", "b", "unknown")

    world.source.may_go_on.set()

    assert first.result(LONG_S) == 1
    assert [other.result(LONG_S) for other in others] == [2, 3, 2, None]
    assert world.source.reads == [["a"], ["b", "c", "unknown"]]


def test_no_answer_is_older_than_its_question(world: Reading) -> None:
    first = world.ask("a")
    assert world.source.has_begun.wait(LONG_S)

    world.source.values["a"] = 100
    later = world.ask_behind("a")
    world.source.may_go_on.set()

    assert first.result(LONG_S) == 1
    assert later[0].result(LONG_S) == 100


def test_nothing_is_kept_for_those_who_ask_later(world: Reading) -> None:
    world.source.may_go_on.set()
    assert world.reads.find("a") == 1
    del world.source.values["a"]

    assert world.reads.find("a") is None


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()], ids=["a failure", "an interruption"])
def test_a_read_that_fails_fails_for_the_thread_that_made_it_alone(world: Reading, error: BaseException) -> None:
    world.source.errors.append(error)
    first = world.ask("a")
    assert world.source.has_begun.wait(LONG_S)
    others = world.ask_behind("b", "c")

    world.source.may_go_on.set()

    assert [other.result(LONG_S) for other in others] == [2, 3]
    assert first.exception(LONG_S) is error


def test_those_who_shared_a_read_that_failed_ask_by_themselves(world: Reading) -> None:
    world.source.errors_of_shared.append(ValueError("no"))
    first = world.ask("a")
    assert world.source.has_begun.wait(LONG_S)
    others = world.ask_behind("b", "c", "c")

    world.source.may_go_on.set()

    assert first.result(LONG_S) == 1
    assert [type(other.exception(LONG_S)) for other in others] == [ValueError, type(None), type(None)]
    assert [other.result(LONG_S) for other in others[1:]] == [3, 3]
    assert world.source.reads[1:] == [["b", "c"], ["c"], ["c"]]


def test_who_has_waited_long_enough_asks_by_itself(world: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_reads, "_PATIENCE_S", 0.01)
    stuck = world.ask("a")
    assert world.source.has_begun.wait(LONG_S)

    assert world.reads.find("b") == 2
    assert world.reads.waiting == 0

    world.source.may_go_on.set()
    assert stuck.result(LONG_S) == 1
    assert world.reads.find("c") == 3


def test_a_read_has_a_largest_size(world: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_reads, "_SIZE_MAX", 2)
    first = world.ask("a")
    assert world.source.has_begun.wait(LONG_S)
    others = world.ask_behind("a", "b", "c")
    world.source.may_go_on.set()

    assert [asked.result(LONG_S) for asked in (first, *others)] == [1, 1, 2, 3]
    assert max(map(len, world.source.reads)) <= 2


def test_a_process_that_forks_during_a_read_can_read_by_itself(world: Reading) -> None:
    first = world.ask("a")
    assert world.source.has_begun.wait(LONG_S)
    world.ask_behind("b")

    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if world.reads.waiting == 0 and world.reads.find("c") == 3 else 1
        finally:
            # Nothing of the test may go on in the child.
            os._exit(code)

    _, status = os.waitpid(child, 0)
    world.source.may_go_on.set()
    assert os.waitstatus_to_exitcode(status) == 0
    assert first.result(LONG_S) == 1


def test_nobody_waits_for_a_thread_that_was_stopped_while_it_waited(
    world: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.ask("a")
    assert world.source.has_begun.wait(LONG_S)

    def stop(_self: object, _question: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(SharedReads, "_wait", stop)
        with pytest.raises(KeyboardInterrupt):
            world.reads.find("b")

    assert world.reads.waiting == 0
    world.source.may_go_on.set()
    assert first.result(LONG_S) == 1
