"""The Merkle tree against the published example of its RFC's authors, and against its own definition."""

from hashlib import sha256
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankcore.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    Subtree,
    consistency_spans,
    included_root,
    inclusion_spans,
    is_consistent,
    leaf_hash,
    proof,
)

# The leaves and roots of the reference tests of Certificate Transparency.
LEAVES: Final = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS: Final = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZES = st.integers(1, 70)


def definition_of_root(leaves: list[bytes]) -> bytes:
    """The root as RFC 6962, 2.1 defines it."""
    if len(leaves) <= 1:
        return sha256(b"\0" + leaves[0]).digest() if leaves else sha256().digest()
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return sha256(b"\1" + definition_of_root(leaves[:middle]) + definition_of_root(leaves[middle:])).digest()


class Log:
    """A log with all its subtrees."""

    def __init__(self, size: int) -> None:
        self.bodies = [b"%d" % number for number in range(size)]
        self.leaves = [leaf_hash(body) for body in self.bodies]
        self.nodes: dict[Subtree, bytes] = {}
        self.frontier = Frontier()
        for index, leaf in enumerate(self.leaves):
            for level, node in enumerate([leaf, *self.frontier.append(leaf)]):
                self.nodes[Subtree(level, index >> level)] = node

    def root_at(self, size: int) -> bytes:
        return definition_of_root(self.bodies[:size])

    def inclusion(self, index: int, size: int) -> list[bytes]:
        return proof(inclusion_spans(index, size), self.nodes.__getitem__)

    def consistency(self, old: int, new: int) -> list[bytes]:
        return proof(consistency_spans(old, new), self.nodes.__getitem__)


def test_the_roots_are_those_of_the_reference() -> None:
    frontier = Frontier()
    found = []
    for body in LEAVES:
        frontier.append(leaf_hash(body))
        found.append(frontier.root.hex())

    assert found == ROOTS
    assert Frontier().root == EMPTY_ROOT == sha256().digest()


def test_proofs_are_those_of_the_reference() -> None:
    log = Log(0)
    log.bodies, log.leaves = LEAVES, [leaf_hash(body) for body in LEAVES]
    for index, leaf in enumerate(log.leaves):
        for level, node in enumerate([leaf, *log.frontier.append(leaf)]):
            log.nodes[Subtree(level, index >> level)] = node

    assert [step.hex() for step in log.inclusion(5, 8)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [step.hex() for step in log.consistency(6, 8)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(SIZES)
def test_a_frontier_grows_to_the_root_of_the_definition_and_can_be_taken_up_again(size: int) -> None:
    log = Log(size)
    resumed = Frontier(size, log.frontier.hashes)

    resumed.append(leaf_hash(b"next"))

    assert log.frontier.root == log.root_at(size)
    assert resumed.root == definition_of_root([*log.bodies, b"next"])


@given(SIZES, st.data())
def test_a_leaf_is_proven_where_it_is_and_nowhere_else(size: int, data: st.DataObject) -> None:
    log = Log(size)
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda place: place != index) if size > 1 else st.just(size))
    path, root = log.inclusion(index, size), log.root_at(size)

    assert included_root(log.leaves[index], index, size, path) == root
    assert included_root(log.leaves[index], other, size, path) != root
    assert included_root(leaf_hash(b"forged"), index, size, path) != root
    assert included_root(log.leaves[index], index, size, [*path, root]) != root
    assert included_root(log.leaves[index], -1, size, path) != root


@given(SIZES, SIZES, st.data())
def test_a_log_is_proven_to_begin_with_an_older_one_and_with_no_other(
    one: int, another: int, data: st.DataObject
) -> None:
    old, new = sorted([one, another])
    log = Log(new)
    path, old_root, new_root = log.consistency(old, new), log.root_at(old), log.root_at(new)
    forged = definition_of_root([*log.bodies[: old - 1], b"forged"])

    assert is_consistent(old, old_root, new, new_root, path)
    assert not is_consistent(old, forged, new, new_root, path)
    assert not is_consistent(old, old_root, new, forged, path)
    assert not is_consistent(old, old_root, new, new_root, [*path, new_root])
    if path:
        wrong = list(path)
        wrong[data.draw(st.integers(0, len(path) - 1))] = leaf_hash(b"forged")
        assert not is_consistent(old, old_root, new, new_root, wrong)


def test_an_empty_log_is_the_beginning_of_every_log_and_none_shrinks() -> None:
    log = Log(3)

    assert is_consistent(0, EMPTY_ROOT, 3, log.root_at(3), [])
    assert not is_consistent(0, log.root_at(1), 3, log.root_at(3), [])
    assert not is_consistent(3, log.root_at(3), 2, log.root_at(2), [])


def test_what_a_log_cannot_have_is_refused() -> None:
    with pytest.raises(ValueError, match="no leaf 3"):
        inclusion_spans(3, 3)
    with pytest.raises(ValueError, match="does not begin with 4"):
        consistency_spans(4, 3)
    with pytest.raises(ValueError, match="does not end in 1 subtrees"):
        Frontier(3, [EMPTY_ROOT])
