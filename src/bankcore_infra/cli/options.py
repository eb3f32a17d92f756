"""Options that many commands share, and the bank they work on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from bankcore.origin import Origin
from bankcore_infra.installation import Installation, open_installation
from bankcore_infra.settings import load_settings
from bankcore_infra.wiring import Bank

OPERATOR: Final = Origin(actor_type="operator", actor_id="command line")
"""In whose name the command line acts."""

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def data_dir_option(function: Decorated) -> Decorated:
    """`--data-dir`: the folder of the embedded servers."""
    return click.option(
        "--data-dir",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of the embedded servers [BANKCORE_DATA_DIR, default .bankcore].",
    )(function)


def tenant_option(function: Decorated) -> Decorated:
    """`--tenant`: which bank."""
    return click.option("--tenant", "slug", default="main", show_default=True, help="The tenant.")(function)


def json_option(function: Decorated) -> Decorated:
    """`--json`: for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(function)


@contextmanager
def installation_at(data_dir: Path | None) -> Iterator[Installation]:
    """The servers that the settings name; embedded ones are started if they do not run, and stopped again."""
    installation = open_installation(load_settings(data_dir=data_dir))
    try:
        yield installation
    finally:
        installation.close()


@contextmanager
def bank_at(data_dir: Path | None) -> Iterator[Bank]:
    """The bank on those servers."""
    with installation_at(data_dir) as installation:
        bank = Bank(installation, load_settings(data_dir=data_dir))
        try:
            yield bank
        finally:
            bank.disconnect()
