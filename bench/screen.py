"""What people see of a measurement: a bar while it runs, and a table at its end."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

_WIDTH: Final = 150
_COLUMNS: Final = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


@contextmanager
def progress_bar(total: int, what: str = "starting") -> Iterator[Callable[[str, int], None]]:
    """A bar of that length; it is told what happens, and how many steps have ended."""
    with Progress(*_COLUMNS, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda description, steps: progress.update(task, description=description, advance=steps)


def show(table: Table, lines: Iterable[str]) -> None:
    """Print both; where nobody looks, as wide as a table needs."""
    paper = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
    paper.print(table, *lines, sep="\n", soft_wrap=True)


def store(document: Mapping[str, object], out: Path | None) -> str:
    """The document as JSON, also in that file if there is one."""
    text = json.dumps(document, indent=2)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    return text
