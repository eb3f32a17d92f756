"""The program `bankcore`; each command is a module.

In: arguments and settings. Out: text or JSON, exit codes.
Read `program`, `options`, `up`, `supervisor`, `roles` in this order.
"""

from bankcore_infra.cli.program import main

__all__ = ["main"]
