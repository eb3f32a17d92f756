"""The fixture that every test of the ledger over HTTP stands on."""

import pytest

from tests.worlds.http_client import Counter, open_counter


@pytest.fixture
def counter() -> Counter:
    """A new counter, with nobody's account open."""
    return open_counter()
