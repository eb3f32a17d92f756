"""SharedReads: one read answers all the threads that ask at the same time (docs/adr/0040)."""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from typing import Final, Generic, TypeVar

from bankcore_infra.processes import renew_in_children

K = TypeVar("K")
V = TypeVar("V")

# A thread that has waited this long for another thread's read asks by itself, since that read may wait for a dead
# server.
_PATIENCE_S: Final = 0.1
_SIZE_MAX: Final = 256


class _Reading(Enum):
    WAIT = auto()
    READ = auto()
    ALONE = auto()
    DONE = auto()


class _Question(Generic[K, V]):
    """A thread's key, the questions that it reads for too, and the answer."""

    __slots__ = ("_bell", "answer", "key", "others", "turn")

    def __init__(self, key: K) -> None:
        self.key = key
        self.answer: V | None = None
        self.others: Sequence[_Question[K, V]] = ()
        self.turn = _Reading.WAIT
        self._bell = threading.Lock()
        self._bell.acquire()

    def call(self, turn: _Reading) -> None:
        """Wake the thread."""
        self.turn = turn
        self._bell.release()

    def wait(self, timeout_s: float = -1) -> bool:
        """Wait until the thread is called, or that long. Returns whether it was called."""
        return self._bell.acquire(timeout=timeout_s)


class SharedReads(Generic[K, V]):
    """Reads by key: a thread that finds no read under way reads at once; threads that come meanwhile share the next
    read.

    So no answer is older than its question, and nothing is kept. A read that fails, fails for the thread that made it;
    those who shared it ask by themselves.
    """

    def __init__(self, read: Callable[[Sequence[K]], Mapping[K, V]]) -> None:
        """`read` finds the values of several keys; it leaves out a key without a value."""
        self._read = read
        self._begin_anew()
        renew_in_children(self._begin_anew)

    def _begin_anew(self) -> None:
        """Begin with no questions: those of the parent stay with the parent."""
        self._lock = threading.Lock()
        self._waiting: deque[_Question[K, V]] = deque()
        self._reader: _Question[K, V] | None = None

    @property
    def waiting(self) -> int:
        """How many threads wait for the next read."""
        return len(self._waiting)

    def find(self, key: K) -> V | None:
        """The value of the key at a moment after this call began. Raises what the read raises."""
        question: _Question[K, V] = _Question(key)
        try:
            if not self._reads_at_once(question):
                self._wait(question)
            if question.turn is _Reading.READ:
                self._read_for_all(question)
            elif question.turn is not _Reading.DONE:
                question.answer = self._read([key]).get(key)
            return question.answer
        finally:
            self._leave(question)

    def _reads_at_once(self, question: _Question[K, V]) -> bool:
        with self._lock:
            if self._reader is None:
                self._reader, question.turn = question, _Reading.READ
                return True
            self._waiting.append(question)
            return False

    def _wait(self, question: _Question[K, V]) -> None:
        """Wait until the thread is called, or has waited too long and taken its question back."""
        if not question.wait(_PATIENCE_S) and not self._withdraw(question):
            # Its question is being read, or it was called at this moment.
            question.wait(_PATIENCE_S)

    def _withdraw(self, question: _Question[K, V]) -> bool:
        """Take the question back; False if it was called already."""
        with self._lock:
            if question not in self._waiting:
                return False
            self._waiting.remove(question)
            return True

    def _read_for_all(self, question: _Question[K, V]) -> None:
        with self._lock:
            question.others = [self._waiting.popleft() for _ in range(min(len(self._waiting), _SIZE_MAX - 1))]
        answers = self._read(list({each.key for each in (question, *question.others)}))
        question.answer = answers.get(question.key)
        for each in question.others:
            each.answer = answers.get(each.key)
            each.call(_Reading.DONE)

    def _leave(self, question: _Question[K, V]) -> None:
        """Let no other thread wait for this one, wherever it was stopped."""
        if question.turn is _Reading.DONE:
            return
        self._withdraw(question)
        with self._lock:
            if self._reader is question:
                self._reader = self._waiting.popleft() if self._waiting else None
                if self._reader is not None:
                    self._reader.call(_Reading.READ)
        for each in question.others:
            if each.turn is _Reading.WAIT:
                each.call(_Reading.ALONE)
