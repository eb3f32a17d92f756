"""One bank with users of every role, which all attacks of a module are made on."""

from collections.abc import Iterator

import pytest

from tests.worlds.estates import Estates, estates


@pytest.fixture(scope="module")
def world() -> Iterator[Estates]:
    """The bank, and who is in it."""
    with estates() as opened:
        yield opened


@pytest.fixture(scope="module", autouse=True)
def _unmeasured(unmeasured: None) -> None:
    """What is attacked here is measured where it is told what it has to do."""
