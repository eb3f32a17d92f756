"""The folder in which the processes of one API keep their counts; it is set before any of them starts."""

import os
import shutil
from pathlib import Path
from typing import Final

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Read by the library when it is first imported; with it, values live in files of that folder, one for each process."""


def share_counts(folder: Path) -> None:
    """Have this process and those it starts count in that folder, from zero."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    os.environ[FOLDER_VARIABLE] = str(folder)
