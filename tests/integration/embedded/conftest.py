"""Folders for the embedded servers."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder that is not there yet, in one that only we may enter, as `mktemp -d` makes them."""
    with tempfile.TemporaryDirectory(prefix="embedded-") as folder:
        yield Path(folder) / "data"
