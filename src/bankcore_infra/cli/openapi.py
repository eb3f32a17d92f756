"""`bankcore openapi`: the description of the HTTP interface."""

import importlib
import json
from pathlib import Path

import click

from bankcore_infra.cli.options import FILE
from bankcore_infra.cli.output_file import write_whole


@click.command()
@click.option("--out", type=FILE, help="File to write [default: print].")
def openapi(out: Path | None) -> None:
    """Print the OpenAPI document; no server is needed."""
    document = json.dumps(importlib.import_module("bankcore_http.wsgi").describe(), indent=2, sort_keys=True)
    if out is None:
        click.echo(document)
    else:
        write_whole(out, [f"{document}\n".encode()])
