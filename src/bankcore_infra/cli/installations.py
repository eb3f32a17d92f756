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
def installation_at(data_dir: Path | None, *, may_be_new: bool = False) -> Iterator[Installation]:
    """The servers that the settings name; embedded ones are started if they do not run, and stopped again.

    With `may_be_new` they are made where there are none, if somebody has named the folder.

    Raises:
        NoBankError: there are none in the folder.
    """
    _require_bank(data_dir, may_be_new=may_be_new)
    installation = open_installation(load_settings(data_dir=data_dir))
    try:
        yield installation
    finally:
        installation.close()


def _require_bank(data_dir: Path | None, *, may_be_new: bool) -> None:
    """Nothing, if there is a bank: none is made where somebody happens to be. Raises: NoBankError."""
    settings = load_settings(data_dir=data_dir)
    may_be_made = may_be_new and "data_dir" in settings.model_fields_set
    if not may_be_made and not names_servers(settings) and not DataDir.has_bank(settings.data_dir):
        raise NoBankError(settings.data_dir)
