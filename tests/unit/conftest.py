"""The worlds of the unit tests."""

import pytest

from bankcore.testing import InMemoryBank, in_memory_bank


@pytest.fixture
def bank() -> InMemoryBank:
    """A new bank without accounts."""
    return in_memory_bank()
