"""The fixture that every test of the auditors' routes stands on."""

import pytest

from tests.worlds.http_audit import Desk, open_desk


@pytest.fixture
def desk() -> Desk:
    """A new desk, with nothing recorded."""
    return open_desk()
