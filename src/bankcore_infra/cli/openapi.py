"""`bankcore openapi`: the description of the HTTP interface."""

import importlib
import json
from pathlib import Path

import click

from bankcore_infra.cli.options import FILE
from bankcore_infra.cli.output_file import write_whole
from bankcore_infra.extras import naming_the_extra


@click.command()
@click.option("--out", type=FILE, help="File to write [default: print].")
def openapi(out: Path | None) -> None:
    """Print the OpenAPI document; no server is needed."""
    with naming_the_extra():
        description = importlib.import_module("bankcore_http.wsgi").describe()
    document = json.dumps(description, indent=2, sort_keys=True)
    if out is None:
        click.echo(document)
    else:
        write_whole(out, [f"{document}\n".encode()])
