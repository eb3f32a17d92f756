"""One bank for all tests of who may do what, because it is costly to make."""

from collections.abc import Iterator

import pytest

from tests.worlds.estates import Estates, estates


@pytest.fixture(scope="package")
def world() -> Iterator[Estates]:
    """The bank, and who is in it."""
    with estates() as opened:
        yield opened


@pytest.fixture(scope="module", autouse=True)
def _unmeasured(unmeasured: None) -> None:
    """Everything is asked by everybody here; each answer is measured where it belongs."""
