"""The program `bankcore`; each command is a module.

In: arguments and settings. Out: text or JSON, exit codes.
Read `program`, `options`, `up`, `supervisor`, `roles` in this order.
"""

import sys

from bankcore_infra.extras import MissingExtraError, naming_the_extra
from bankcore_infra.loading import loading

__all__ = ["main"]


def main() -> None:
    """Run the program, or say what installs it: the script is there whatever was installed."""
    try:
        with naming_the_extra("cli"), loading():
            from bankcore_infra.cli.program import main as run
    except MissingExtraError as error:
        sys.exit(f"bankcore: {error}")
    run()
