"""A subject in a process of its own, for load that shall not share an interpreter with anything else."""

import multiprocessing
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Final, ParamSpec, Self

from typing_extensions import override

from bankcore_infra.processes import keep_what_is_loaded
from bench.figures import Round, Subject

Made = ParamSpec("Made")

_STOP_TIMEOUT_S: Final = 10.0


class SubjectFailedError(Exception):
    """The subject in the other process ended by itself; what it said stands on standard error."""


class RemoteSubject(Subject):
    """A subject that is made and run in a child process; leaving the `with` block ends it.

    The child also ends when its pipe does, so it outlives nobody.
    """

    def __init__(self, process: multiprocessing.process.BaseProcess, pipe: "Connection[object, object]") -> None:
        self._process = process
        self._pipe = pipe

    @classmethod
    def start(
        cls,
        make: Callable[Made, AbstractContextManager[Subject]],
        *arguments: Made.args,
        **options: Made.kwargs,
    ) -> Self:
        """Start a process that makes the subject from those arguments, which must be fit to be pickled."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, make, arguments, options), daemon=True)
        process.start()
        theirs.close()
        return cls(process, ours)

    @property
    def pid(self) -> int:
        """The id of that process."""
        return self._process.pid or 0

    @override
    def run(self, seconds: float) -> Round:
        self._pipe.send(seconds)
        found = self._receive()
        if not isinstance(found, Round):
            raise SubjectFailedError(str(found))
        return found

    def __enter__(self) -> Self:
        """This subject, once it is made."""
        self._receive()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(_STOP_TIMEOUT_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _receive(self) -> object:
        try:
            return self._pipe.recv()
        except (EOFError, OSError):
            self._process.join(_STOP_TIMEOUT_S)
            raise SubjectFailedError from None


def _serve(
    pipe: "Connection[object, object]",
    make: Callable[..., AbstractContextManager[Subject]],
    arguments: tuple[object, ...],
    options: dict[str, object],
) -> None:
    # Ctrl-C reaches the whole group of processes; the first one of them closes the pipe, and that ends us in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with make(*arguments, **options) as subject:
            keep_what_is_loaded()
            pipe.send("ready")
            while isinstance(seconds := pipe.recv(), int | float):
                pipe.send(subject.run(seconds))
    except (EOFError, BrokenPipeError):
        return
