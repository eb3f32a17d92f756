"""The data folder of a bank that has been started once: whoever starts it again waits for no cluster and no schema.

Making both is two of the three seconds of a first start, which tests of first starts see; the others are given a copy.
"""

import atexit
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from bankcore_infra.environment import load_settings
from bankcore_infra.servers import start_embedded
from tests.worlds.sql_bank import folder_in_memory


@contextmanager
def folder_of_servers() -> Iterator[Path]:
    """An empty folder that servers can reach whoever they run as; it never reaches a disk where that can be had."""
    with tempfile.TemporaryDirectory(
        prefix="bankcore-test-", dir=folder_in_memory(), ignore_cleanup_errors=True
    ) as name:
        Path(name).chmod(0o711)
        yield Path(name)


def begin_bank(data_dir: Path) -> Path:
    """Put what a first start makes into that folder, which is not there yet, and return it."""
    # The files belong to the account of the servers, which only this keeps on every system.
    subprocess.run(["cp", "-a", _begun(), data_dir], check=True)
    return data_dir


@cache
def _begun() -> Path:
    name = tempfile.mkdtemp(prefix="bankcore-begun-", dir=folder_in_memory())
    atexit.register(shutil.rmtree, name, ignore_errors=True)
    Path(name).chmod(0o711)
    data_dir = Path(name) / "data"
    start_embedded(load_settings(data_dir=data_dir)).close()
    return data_dir
