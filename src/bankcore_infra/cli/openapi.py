"""`bankcore openapi`: the description of the HTTP interface."""

import importlib
import json
from pathlib import Path

import click


@click.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write [default: print].")
def openapi(out: Path | None) -> None:
    """Print the OpenAPI document; no server is needed."""
    document = json.dumps(importlib.import_module("bankcore_http.wsgi").describe(), indent=2, sort_keys=True)
    if out is None:
        click.echo(document)
    else:
        out.write_text(document + "\n", encoding="utf-8")
