"""`bankcore bench`: measures the bank; the benchmarks themselves are part of the source tree, not of the package."""

import importlib
import sys
from pathlib import Path
from typing import Final

import click

CHECKOUT: Final = Path(__file__).resolve().parents[3]


@click.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
    short_help="Measure the bank beside floors and a baseline.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def bench(arguments: tuple[str, ...]) -> None:
    """Hand over to the benchmarks of the source tree."""
    hand_over(CHECKOUT, arguments)


def hand_over(checkout: Path, arguments: tuple[str, ...]) -> None:
    """Run the benchmarks of that source tree, which know their own options.

    Raises:
        click.ClickException: there are none, because the package was installed without its sources.
    """
    if not (checkout / "bench" / "program.py").is_file():
        raise click.ClickException("the benchmarks are in the source tree: clone it, and run `make bench` there")
    if str(checkout) not in sys.path:
        sys.path.insert(0, str(checkout))
    importlib.import_module("bench.program").program.main(arguments, prog_name="bankcore bench", standalone_mode=False)
