"""The sources of a view's arguments, one for each part of the request."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from flask import Request

from bankcore.errors import BankcoreError


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """What an argument source adds to an operation: header parameters, and members such as `security`."""

    parameters: Sequence[Mapping[str, object]] = ()
    members: Mapping[str, object] = field(default_factory=dict)


class ArgumentSource(Protocol):
    """Gives a view one argument from the request: the caller, an idempotency key, a header."""

    @property
    @abstractmethod
    def errors(self) -> Sequence[type[BankcoreError]]:
        """What `read` can raise; documented on each route that takes this."""

    @abstractmethod
    def read(self, request: Request) -> object:
        """The argument; raises one of `errors`."""

    @abstractmethod
    def describe(self) -> Addition:
        """What this adds to the OpenAPI operation of each route that takes it."""
