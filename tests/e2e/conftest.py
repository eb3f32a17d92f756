"""A data folder that the servers can reach whoever they run as."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder that is not there yet; not in pytest's own, which another test run closes to others at any time."""
    with tempfile.TemporaryDirectory(prefix="bankcore-test-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        yield Path(name) / "data"
