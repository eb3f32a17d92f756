"""What commands print: lists for people or programs, and progress on standard error."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table


def print_list(rows: Sequence[Mapping[str, object]], columns: Mapping[str, str], *, as_json: bool) -> None:
    """Print the rows: all members as JSON, or a table with these titles and the members they show."""
    if as_json:
        click.echo(json.dumps(rows))
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*(str(row[member] or "") for member in columns.values()))
    Console().print(table)


@contextmanager
def progress_bar(description: str, console: Console) -> Iterator[Callable[..., None]]:
    """Show a bar that goes away at the end; call what is yielded with how much is done and, once known, the total."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(description, total=None)
        yield lambda done, total=None: progress.update(task, completed=done, total=total)
