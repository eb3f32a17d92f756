"""Worlds of the audit tests."""

from pathlib import Path

import pytest

from tests.worlds.sealing import SealingRole


@pytest.fixture
def role(tmp_path: Path) -> SealingRole:
    """A sealing role with a new key."""
    return SealingRole.at(tmp_path / "sealing")
