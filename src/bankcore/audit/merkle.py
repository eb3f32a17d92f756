"""The Merkle tree of RFC 6962 and RFC 9162: a log that only grows, with short proofs of what is in it.

A leaf's hash is SHA-256(0x00 | body), a node's SHA-256(0x01 | left | right). A *subtree* is one that is complete: level
k covers 2**k leaves and starts at a multiple of that, so that its hash never changes once its last leaf is there.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from hashlib import sha256
from typing import Final, NamedTuple

HASH_LENGTH: Final = 32
EMPTY_ROOT: Final = sha256().digest()
"""The root of a log without leaves."""


def leaf_hash(body: bytes) -> bytes:
    """The hash of a record's stored bytes."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two hashes side by side."""
    return sha256(b"\x01" + left + right).digest()


class Subtree(NamedTuple):
    """A complete subtree: the `place`-th, from 0, of those that cover 2**level leaves."""

    level: int
    place: int

    @property
    def last_leaf(self) -> int:
        """The leaf that completes it."""
        return ((self.place + 1) << self.level) - 1


class LeafSpan(NamedTuple):
    """The leaves from `start` up to `end`, whose hash is one step of a proof."""

    start: int
    end: int

    def subtrees(self) -> Iterator[Subtree]:
        """The subtrees of the span, the largest first. A proof has only spans that start where their largest
        subtree may start.
        """
        start = self.start
        while start < self.end:
            level = (self.end - start).bit_length() - 1
            yield Subtree(level, start >> level)
            start += 1 << level


class Frontier:
    """The right edge of a growing log: the roots of its complete subtrees, the largest first. At most 64 hashes."""

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """Build the frontier of a log of that size.

        Raises:
            ValueError: a log of that size has another number of complete subtrees.
        """
        self.size = size
        self._hashes = list(hashes)
        if size < 0 or len(self._hashes) != size.bit_count():
            raise ValueError(f"a log of {size} leaves does not end in {len(self._hashes)} subtrees")

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The roots of the complete subtrees."""
        return tuple(self._hashes)

    @property
    def root(self) -> bytes:
        """The root of the log."""
        return join(self._hashes)

    def append(self, leaf: bytes) -> tuple[bytes, ...]:
        """Add the hash of a leaf. Returns the hashes of the subtrees of level 1, 2, ... that it completes."""
        completed: list[bytes] = []
        place = self.size
        while place & 1:
            leaf = node_hash(self._hashes.pop(), leaf)
            completed.append(leaf)
            place >>= 1
        self._hashes.append(leaf)
        self.size += 1
        return tuple(completed)


def join(hashes: Sequence[bytes]) -> bytes:
    """The hash over neighbouring subtrees of falling size; for none, that of an empty log."""
    if not hashes:
        return EMPTY_ROOT
    return reduce(lambda right, left: node_hash(left, right), reversed(hashes[:-1]), hashes[-1])


def inclusion_spans(index: int, size: int) -> list[LeafSpan]:
    """The spans that prove that leaf `index` is in a log of that size, from the leaf up.

    Raises:
        ValueError: it has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a log of {size} leaves has no leaf {index}")
    spans, start, end = [], 0, size
    while end - start > 1:
        middle = start + _left_size(end - start)
        if index < middle:
            spans.append(LeafSpan(middle, end))
            end = middle
        else:
            spans.append(LeafSpan(start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(old_size: int, new_size: int) -> list[LeafSpan]:
    """The spans that prove that a log of the new size begins with that of the old one (RFC 9162, 2.1.4.1).

    Raises:
        ValueError: a log does not shrink.
    """
    if not 0 <= old_size <= new_size:
        raise ValueError(f"a log of {new_size} leaves does not begin with {old_size}")
    if old_size in {0, new_size}:
        return []
    spans, start, end = [], 0, new_size
    while end != old_size:
        middle = start + _left_size(end - start)
        if old_size <= middle:
            spans.append(LeafSpan(middle, end))
            end = middle
        else:
            spans.append(LeafSpan(start, middle))
            start = middle
    return [*([LeafSpan(start, end)] if start else []), *spans[::-1]]


def proof(spans: Sequence[LeafSpan], hash_of: Callable[[Subtree], bytes]) -> list[bytes]:
    """The hashes of the spans, from the hashes of complete subtrees."""
    return [join([hash_of(subtree) for subtree in span.subtrees()]) for span in spans]


def included_root(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that the proof leads to for the hash as leaf `index` of a log of that size; None if it is no proof."""
    if not 0 <= index < size:
        return None
    spans = inclusion_spans(index, size)
    if len(spans) != len(path):
        return None
    found = leaf
    for span, sibling in zip(spans, path, strict=True):
        found = node_hash(sibling, found) if span.end <= index else node_hash(found, sibling)
    return found


def is_consistent(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the proof shows that the newer log begins with all of the older one."""
    if not 0 <= old_size <= new_size:
        return False
    spans = consistency_spans(old_size, new_size)
    if len(spans) != len(path):
        return False
    if not spans:
        return old_root == (EMPTY_ROOT if old_size == 0 else new_root)
    steps = list(zip(spans, path, strict=True))
    # If the old log is one subtree of the new one, the proof leaves its root out, because the verifier has it.
    if spans[0].end > old_size:
        old = new = old_root
    else:
        old = new = steps.pop(0)[1]
    for span, sibling in steps:
        if span.end <= old_size:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
        else:
            new = node_hash(new, sibling)
    return old == old_root and new == new_root


def _left_size(size: int) -> int:
    """How many leaves stand in the left half of the root: the largest power of two below the size."""
    return 1 << ((size - 1).bit_length() - 1)
