"""Bodies that are made while they are sent."""

from collections.abc import Iterator


def begun(pieces: Iterator[str]) -> Iterator[str]:
    """The same pieces, of which the first is made now.

    As long as nothing is sent, a failure has an answer of its own; afterwards it only breaks the body off.
    """
    first = next(pieces, "")

    def all_pieces() -> Iterator[str]:
        yield first
        yield from pieces

    return all_pieces()
