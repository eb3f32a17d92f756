"""The fixture that every test of the HTTP foundations stands on."""

import pytest

from tests.worlds.http_framework import World, open_world


@pytest.fixture
def world() -> World:
    """A new application with its client and its log."""
    return open_world()
