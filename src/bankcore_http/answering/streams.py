"""Bodies that are made while they are sent."""

from collections.abc import Iterator


def begun(pieces: Iterator[str]) -> Iterator[str]:
    """The same pieces, with the first one made now.

    A failure before anything is sent gets an answer of its own; a later one only breaks the body off.
    """
    first = next(pieces, "")

    def all_pieces() -> Iterator[str]:
        yield first
        yield from pieces

    return all_pieces()
