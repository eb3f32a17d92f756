"""Options that many commands share, and what a command says that could not look."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, TypeVar

import click
from typing_extensions import override

from bankcore.errors import LedgerInvariantError
from bankcore.origin import Origin
from bankcore_infra.audit.laws.findings import CANNOT_VERIFY
from bankcore_infra.cli.failures import expected, line_of

C = TypeVar("C", bound=Callable[..., object])

OPERATOR: Final = Origin(actor_type="operator", actor_id="command line")
"""The actor of all that the command line does."""


class GivenPath(click.Path):
    """A path that is not empty: an empty variable of a script would mean the working folder."""

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
# The exit code that a shell gives to an interrupted command.
_INTERRUPTED: Final = 130

data_dir_option: Final = click.option(
    "--data-dir", type=FOLDER, help="Folder of the embedded servers [BANKCORE_DATA_DIR, default .bankcore]."
)
tenant_option: Final = click.option("--tenant", "slug", default="main", show_default=True, help="The tenant.")
tenants_option: Final = click.option("--tenant", "slug", help="Only this tenant [default: all].")
json_option: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
limit_option: Final = click.option(
    "--limit", type=click.IntRange(1, 50_000), default=100, show_default=True, help="At most so many."
)
accept_era_option: Final = click.option(
    "--accept-era", "accepted_eras", type=int, multiple=True, help="What the log lost before this era is known."
)


def list_options(command: C) -> C:
    """The options of a list: `--limit`, `--tenant`, `--json` and `--data-dir`."""
    return limit_option(tenant_option(json_option(data_dir_option(command))))


def evidence_options(command: C) -> C:
    """How a person knows what he says: `--reason` and `--evidence`."""
    evidence = click.option("--evidence", help="Where it can be seen, such as a page of the provider.")
    return click.option("--reason", required=True, help="How you know.")(evidence(command))


class NoBankError(click.ClickException):
    """The folder has no bank: it may have been mistyped, or not been named."""

    def __init__(self, folder: Path) -> None:
        where = folder.expanduser().absolute()
        others = "--data-dir or BANKCORE_DATA_DIR names another folder, `bankcore up` makes one"
        super().__init__(f"there is no bank in {where}; {others}")


class NoAnswerError(click.ClickException):
    """The command could not verify; the codes 0 and 1 are for findings."""

    exit_code = CANNOT_VERIFY

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the reason."""
        click.echo(f"bankcore: cannot verify: {self.message}", file=file, err=True)


@contextmanager
def no_answer(*errors: type[Exception]) -> Iterator[None]:
    """For a command that verifies: an error that keeps it from verifying is no finding, and has an exit code of its
    own.
    """
    try:
        yield
    except NoBankError as error:
        raise NoAnswerError(error.message) from None
    except (click.Abort, KeyboardInterrupt):
        click.echo("bankcore: interrupted", err=True)
        sys.exit(_INTERRUPTED)
    except Exception as error:
        if not isinstance(error, (*expected(), LedgerInvariantError, *errors)):
            raise
        raise NoAnswerError(line_of(error)) from None
