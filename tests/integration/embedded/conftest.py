"""Folders for the embedded servers."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worlds.sql_bank import folder_in_memory


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder that is not there yet, in one that only we may enter, as `mktemp -d` makes them."""
    with tempfile.TemporaryDirectory(prefix="embedded-", dir=folder_in_memory()) as folder:
        yield Path(folder) / "data"
