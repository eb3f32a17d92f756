"""The servers that a command works on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bankcore_infra.cli.options import NoBankError
from bankcore_infra.embedded.data_dir import DataDir
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import Installation, names_servers
from bankcore_infra.servers import open_installation


@contextmanager
def installation_at(data_dir: Path | None) -> Iterator[Installation]:
    """The servers that the settings name; embedded ones are started if they do not run, and stopped again.

    Raises:
        NoBankError: there are none in the folder.
    """
    _require_bank(data_dir)
    installation = open_installation(load_settings(data_dir=data_dir))
    try:
        yield installation
    finally:
        installation.close()


def _require_bank(data_dir: Path | None) -> None:
    """Nothing, if there is a bank: none is made in a folder that was mistyped. Raises: NoBankError."""
    settings = load_settings(data_dir=data_dir)
    if not names_servers(settings) and not DataDir.has_bank(settings.data_dir):
        raise NoBankError(settings.data_dir)
