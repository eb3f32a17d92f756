"""Faces: the same service for callers who await. Each method is there once, and its signature with it."""

from abc import abstractmethod
from collections.abc import Callable, Coroutine
from functools import update_wrapper
from typing import Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar, overload

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")


class Runner(Protocol):
    """Carries out for a task what is written for a thread."""

    @abstractmethod
    async def __call__(self, work: Callable[[], T]) -> T:
        """The result of the work."""


class Face(Generic[S]):
    """A service whose methods are awaited. It is asked for at each call, in the middle of what the runner does."""

    def __init__(self, service: Callable[[], S], run: Runner) -> None:
        self._service = service
        self._run = run

    async def call(self, work: Callable[[S], T]) -> T:
        """The result of that work with the service."""
        return await self._run(lambda: work(self._service()))


class Awaited(Generic[S, P, T]):
    """A method of a service, as its face has it."""

    def __init__(self, method: Callable[Concatenate[S, P], T]) -> None:
        self._name = method.__name__
        update_wrapper(self, method)  # type: ignore[arg-type] # for `help`, which asks for these attributes only

    @overload
    def __get__(self, face: None, _owner: type[Face[S]]) -> Self: ...

    @overload
    def __get__(
        self, face: Face[S], _owner: type[Face[S]] | None = None
    ) -> Callable[P, Coroutine[object, object, T]]: ...

    def __get__(
        self, face: Face[S] | None, _owner: type[Face[S]] | None = None
    ) -> Self | Callable[P, Coroutine[object, object, T]]:
        """The method, bound to that face; found by its name, since the service may be of a class that overrides it."""
        if face is None:
            return self

        def call(*arguments: P.args, **words: P.kwargs) -> Coroutine[object, object, T]:
            def work(service: S) -> T:
                result: T = getattr(service, self._name)(*arguments, **words)
                return result

            return face.call(work)

        return call
