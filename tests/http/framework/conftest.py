"""The fixture that every test of the HTTP foundations stands on."""

import pytest

from tests.worlds.http_framework import FakeService, open_fake_service


@pytest.fixture
def world() -> FakeService:
    """A new application with its client and its log."""
    return open_fake_service()
