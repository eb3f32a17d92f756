"""The application of the till, served over ASGI to a client that is made of functions."""

import pytest

from tests.worlds.http_framework import FakeService, open_fake_service


@pytest.fixture
def world() -> FakeService:
    """A new application with its log."""
    return open_fake_service()
