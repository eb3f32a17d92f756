"""Identity on a real database."""

from pathlib import Path

import pytest

from tests.worlds.identity import IdentityWorld
from tests.worlds.sql_bank import SqlBank


@pytest.fixture
def identity(bank: SqlBank, tmp_path: Path) -> IdentityWorld:
    """The identity of a tenant without users."""
    return IdentityWorld.of(bank, tmp_path / "keys")


@pytest.fixture
def other_identity(other_bank: SqlBank, identity: IdentityWorld) -> IdentityWorld:
    """The identity of another tenant of the same installation: same database, same keys."""
    return IdentityWorld.of(other_bank, identity.keys_folder, slug="other")
