"""Options that many commands share, and the bank they work on."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import click
from typing_extensions import override

from bankcore.errors import LedgerInvariantError
from bankcore.origin import Origin
from bankcore_infra.audit.laws.program import CANNOT_VERIFY
from bankcore_infra.cli.failures import EXPECTED, line_of
from bankcore_infra.embedded.data_dir import DataDir
from bankcore_infra.installation import Installation, names_servers, open_installation
from bankcore_infra.settings import load_settings
from bankcore_infra.wiring import Bank

OPERATOR: Final = Origin(actor_type="operator", actor_id="command line")
"""In whose name the command line acts."""


class GivenPath(click.Path):
    """A path that is there: an empty one, as a variable of a script leaves it, would be the working folder."""

    @override
    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        if not str(value).strip():
            self.fail("the path is empty", param, ctx)
        return super().convert(value, param, ctx)


FOLDER: Final = GivenPath(file_okay=False, path_type=Path)
FILE: Final = GivenPath(dir_okay=False, path_type=Path)
EXISTING_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
# What a shell makes of the signal, whoever ended the command.
_INTERRUPTED: Final = 130

data_dir_option: Final = click.option(
    "--data-dir", type=FOLDER, help="Folder of the embedded servers [BANKCORE_DATA_DIR, default .bankcore]."
)
tenant_option: Final = click.option("--tenant", "slug", default="main", show_default=True, help="The tenant.")
tenants_option: Final = click.option("--tenant", "slug", help="Only this tenant [default: all].")
json_option: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
accept_era_option: Final = click.option(
    "--accept-era", "accepted_eras", type=int, multiple=True, help="What the log lost before this era is known."
)


@contextmanager
def installation_at(data_dir: Path | None, *, may_be_new: bool = False) -> Iterator[Installation]:
    """The servers that the settings name; embedded ones are started if they do not run, and stopped again.

    Raises:
        NoBankError: there are none, and the command is not one that may begin with new ones.
    """
    if not may_be_new:
        _require_bank(data_dir)
    installation = open_installation(load_settings(data_dir=data_dir))
    try:
        yield installation
    finally:
        installation.close()


@contextmanager
def bank_at(data_dir: Path | None, *, may_be_new: bool = False) -> Iterator[Bank]:
    """The bank on those servers. Raises: NoBankError."""
    with installation_at(data_dir, may_be_new=may_be_new) as installation:
        bank = Bank(installation, load_settings(data_dir=data_dir))
        try:
            yield bank
        finally:
            bank.disconnect()


def _require_bank(data_dir: Path | None) -> None:
    """Nothing, if there is a bank: none is made in a folder that was mistyped. Raises: NoBankError."""
    settings = load_settings(data_dir=data_dir)
    if not names_servers(settings) and not DataDir.has_bank(settings.data_dir):
        raise NoBankError(settings.data_dir)


class NoBankError(click.ClickException):
    """The folder has no bank; the message is for a command that does not say so in words of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"there is no bank in {folder}; `bankcore up` makes one")
        self.folder: Final = folder


class NoAnswerError(click.ClickException):
    """Nothing was found out; 0 and 1 are for what was."""

    exit_code = CANNOT_VERIFY

    def show(self, file: IO[Any] | None = None) -> None:
        """Say why."""
        click.echo(f"bankcore: cannot verify: {self.message}", file=file, err=True)


@contextmanager
def no_answer(*errors: type[Exception]) -> Iterator[None]:
    """For a command that verifies: what keeps it from looking is no finding, and ends with an exit code of its own."""
    expected: tuple[type[Exception], ...] = (*EXPECTED, LedgerInvariantError, *errors)
    try:
        yield
    except NoBankError as error:
        raise NoAnswerError(f"there is no bank in {error.folder}") from None
    except expected as error:
        raise NoAnswerError(line_of(error)) from None
    except (click.Abort, KeyboardInterrupt):
        click.echo("bankcore: interrupted", err=True)
        sys.exit(_INTERRUPTED)
