"""Chains: commands of a batch that are carried out together or not at all, while the others go their own way."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from bankcore.errors import InvalidRequestError

T = TypeVar("T")
Names = Sequence[str | None]
"""The chain of each command of a batch, in their order; None for one that belongs to none."""


def require_chains(names: Names, pointer: str = "/commands") -> bool:
    """Whether some commands are linked. Raises: InvalidRequestError: one stands apart from the others of its chain."""
    seen = set[str]()
    last: str | None = None
    for index, name in enumerate(names):
        if name is not None and name != last and name in seen:
            detail = f"the commands of chain {name!r} stand side by side"
            raise InvalidRequestError(pointer=f"{pointer}/{index}/chain", detail=detail)
        if name is not None:
            seen.add(name)
        last = name
    return bool(seen)


def by_chain(commands: Sequence[T], names: Names) -> Iterator[Sequence[T]]:
    """Those of each chain together, and those between chains one by one, in their order."""
    start = 0
    for end in range(1, len(names) + 1):
        if end == len(names) or names[end] is None or names[end] != names[start]:
            yield commands[start:end]
            start = end
