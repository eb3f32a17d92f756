"""A subject in a process of its own, for load that shall not share an interpreter with anything else."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack, suppress
from functools import partial
from multiprocessing import get_context
from types import TracebackType
from typing import Final, ParamSpec, Self, TypeVar

from typing_extensions import override

from bankcore_infra.processes import die_with_parent, keep_what_is_loaded
from bench.figures import Round, Subject

Made = ParamSpec("Made")
T = TypeVar("T")

# Of the process that runs the subject.
_stack: Final = ExitStack()
_subjects: Final[list[Subject]] = []


class SubjectFailedError(Exception):
    """The subject in the other process failed, or ended by itself."""


class RemoteSubject(Subject):
    """A subject that is made and run in a child process, which ends with the `with` block or with us."""

    def __init__(self, make: Callable[[], AbstractContextManager[Subject]]) -> None:
        self._pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_make, initargs=(os.getpid(), make))
        self.pid = 0

    @classmethod
    def start(
        cls, make: Callable[Made, AbstractContextManager[Subject]], *arguments: Made.args, **options: Made.kwargs
    ) -> Self:
        """One that a new process makes from those arguments, which must be fit to be pickled."""
        return cls(partial(make, *arguments, **options))

    @override
    def run(self, seconds: float) -> Round:
        return self._ask(_run, seconds)

    def __enter__(self) -> Self:
        """This subject, once it is made."""
        self.pid = self._ask(os.getpid)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        with suppress(SubjectFailedError):
            self._ask(_end)
        self._pool.shutdown()

    def _ask(self, function: Callable[Made, T], *arguments: Made.args, **options: Made.kwargs) -> T:
        try:
            return self._pool.submit(function, *arguments, **options).result()
        except Exception as error:
            raise SubjectFailedError(repr(error)) from error


def _make(parent_pid: int, make: Callable[[], AbstractContextManager[Subject]]) -> None:
    """Make the subject of this process."""
    die_with_parent(parent_pid)
    # Ctrl-C reaches the whole group of processes; the first one of them ends us in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _subjects.append(_stack.enter_context(make()))
    keep_what_is_loaded()


def _run(seconds: float) -> Round:
    return _subjects[0].run(seconds)


def _end() -> None:
    _stack.close()
