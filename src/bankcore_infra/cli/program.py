"""The program `bankcore`: its commands by name, each imported when it is asked for."""

import logging
import os
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from importlib import import_module
from typing import Final, NamedTuple

import click
from typing_extensions import override

from bankcore_infra.cli.failures import expected, line_of
from bankcore_infra.cli.streams import open_streams, written_at_the_end
from bankcore_infra.extras import naming_the_extra
from bankcore_infra.loading import loading


class ListedCommand(NamedTuple):
    """Where a command is, which extra it needs, and the first sentence of its help."""

    module: str
    extra: str
    summary: str


COMMANDS: Final[Mapping[str, ListedCommand]] = {
    "api": ListedCommand(
        "api", "http", "Serve HTTP on the database of BANKCORE_DATABASE_URL, until SIGTERM or Ctrl-C."
    ),
    "api-key": ListedCommand("api_keys", "cli", "Make, list, rotate and revoke API keys of services."),
    "approvals": ListedCommand("approvals", "cli", "See what waits for a second person, and reject it."),
    "assertions": ListedCommand(
        "assertions", "cli", "Keep what other banks state of our accounts, and see what is not met."
    ),
    "audit": ListedCommand("audit", "cli", "Seal the audit log, export it with proofs, and verify an export offline."),
    "bench": ListedCommand("bench", "cli", "Measure the bank beside floors and a baseline."),
    "db": ListedCommand("database", "cli", "Migrate the schema, and print the database's addresses."),
    "deadletters": ListedCommand("dead_letters", "cli", "List what consumers failed on, and have it tried again."),
    "demo": ListedCommand(
        "demo", "cli", "Show the bank at work: a new embedded bank, two holders, and what happens between them."
    ),
    "disbursements": ListedCommand(
        "disbursements", "cli", "See money that leaves the bank through a provider, and say how it ended."
    ),
    "disputes": ListedCommand("disputes", "cli", "See what payers' banks took back of payments."),
    "fraud": ListedCommand("fraud", "cli", "Show and change what a tenant finds suspicious."),
    "fx": ListedCommand("fx", "cli", "Show what exchanges of currencies left the bank."),
    "keys": ListedCommand(
        "keys", "cli", "Give the secrets of the bank to new keys, and sign access tokens with new ones."
    ),
    "limits": ListedCommand("limits", "cli", "Show and set how much may leave accounts."),
    "notifications": ListedCommand("notifications", "cli", "List, send and try again what users are told."),
    "openapi": ListedCommand("openapi", "http", "Print the OpenAPI document; no server is needed."),
    "payments": ListedCommand(
        "payments",
        "cli",
        "Capture what was authorized, see which payments need a person, and settle what providers do not tell.",
    ),
    "payouts": ListedCommand("payouts", "cli", "Pay very many accounts from one, by a file, and watch it."),
    "providers": ListedCommand(
        "providers", "cli", "List payment providers, configure them for a tenant, and simulate them."
    ),
    "reconcile": ListedCommand(
        "reconcile", "cli", "Recompute what was posted since the last run; drift is recorded and never repaired."
    ),
    "refunds": ListedCommand("refunds", "cli", "See which refunds need a person, and say how they ended."),
    "scheduler": ListedCommand(
        "roles",
        "worker",
        "Seal the audit log, and send what is owed and due to the workers, until SIGTERM or Ctrl-C.",
    ),
    "settings": ListedCommand(
        "settings", "cli", "Print every setting with its default, as a file to begin a `.env` with."
    ),
    "statement": ListedCommand("statements", "cli", "Write the statement of an account: CSV, JSON, camt.053 or PDF."),
    "tenant": ListedCommand("tenants", "cli", "Make, set, list, suspend and resume tenants."),
    "up": ListedCommand("up", "cli", "Run the bank until Ctrl-C."),
    "user": ListedCommand("users", "http", "Make users, keep them out, and erase where their requests came from."),
    "verify": ListedCommand(
        "verify",
        "cli",
        "Recompute every balance, sequence, chain and zero sum, and compare it with what was sealed.",
    ),
    "webhooks": ListedCommand("webhooks", "cli", "Tell other servers of events, and see what they took."),
    "worker": ListedCommand("roles", "worker", "Take events to their consumers and run jobs, until SIGTERM or Ctrl-C."),
}
"""The list is shown without importing the commands."""


class Commands(click.Group):
    """The commands of the program."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command. Raises: MissingExtraError: what it needs is not installed."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        name = f"bankcore_infra.cli.{entry.module}"
        with naming_the_extra(entry.extra), nullcontext() if name in sys.modules else loading():
            module = import_module(name)
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="bankcore", prog_name="bankcore")
def program() -> None:
    """A banking core: a double-entry ledger on PostgreSQL, as a library and over HTTP.

    Without settings, everything runs on embedded servers in the folder .bankcore; see `bankcore up --help`.
    """


def main() -> None:
    """Run the program; an expected failure is one line on standard error and exit code 1."""
    # The one variable of libpq that no address can overrule: it is another program's (docs/adr/0027).
    os.environ.pop("PGSERVICE", None)
    open_streams()
    logging.basicConfig(level=logging.WARNING, format="bankcore: %(message)s", force=True)
    try:
        with written_at_the_end():
            program.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit("bankcore: interrupted")
    except Exception as error:
        if not isinstance(error, expected()):
            raise
        sys.exit(f"bankcore: {line_of(error)}")
