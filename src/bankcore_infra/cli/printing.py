"""What commands print: lists for people or programs, and progress on standard error."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

_WIDE: Final = 10_000
"""Wider than any table, so that no cell is cut: half an id is of no use, and a terminal breaks long lines itself."""


def print_list(rows: Sequence[Mapping[str, object]], columns: Mapping[str, str], *, as_json: bool) -> None:
    """Print the rows: all members as JSON, or a table with these titles and the members they show."""
    if as_json:
        click.echo(json.dumps(rows))
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*("" if (shown := row[member]) is None else str(shown) for member in columns.values()))
    # A text in square brackets, and what looks like the name of an emoji, are shown as they are.
    Console(width=_WIDE, markup=False, emoji=False).print(table)


@contextmanager
def progress_bar(description: str, console: Console) -> Iterator[Callable[..., None]]:
    """Show a bar that goes away at the end; call what is yielded with how much is done and, once known, the total."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(description, total=None)
        yield lambda done, total=None: progress.update(task, completed=done, total=total)
