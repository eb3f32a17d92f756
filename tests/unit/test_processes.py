"""How a process begins."""

import gc
from collections.abc import Iterator

import pytest

from bankcore_infra.processes import keep_what_is_loaded


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    yield
    gc.unfreeze()


class Node:
    """Something that refers to itself, and so is freed by the collector alone."""

    def __init__(self) -> None:
        self.itself = self


def test_what_is_loaded_is_not_looked_at_again() -> None:
    kept = [Node() for _ in range(1_000)]

    keep_what_is_loaded()

    assert gc.get_freeze_count() > len(kept)
    assert not any(isinstance(each, Node) for each in gc.get_objects())


def test_what_comes_later_is_still_collected() -> None:
    keep_what_is_loaded()
    for _ in range(100):
        Node()

    assert gc.collect() >= 100
