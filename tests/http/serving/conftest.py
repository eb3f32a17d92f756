"""The application of the till, served over ASGI to a client that is made of functions."""

import pytest

from tests.worlds.http_framework import World, open_world


@pytest.fixture
def world() -> World:
    """A new application with its log."""
    return open_world()
