"""The command line: one module for each group of commands."""

from bankcore_infra.cli.program import main

__all__ = ["main"]
