"""The program `bankcore` and its options."""

import logging
import sys
from typing import Final

import click

from bankcore_infra.cli.api import api
from bankcore_infra.cli.audit import audit
from bankcore_infra.cli.bench import bench
from bankcore_infra.cli.database import db
from bankcore_infra.cli.dead_letters import deadletters
from bankcore_infra.cli.demo import demo
from bankcore_infra.cli.failures import EXPECTED, line_of
from bankcore_infra.cli.fraud import fraud
from bankcore_infra.cli.notifications import notifications
from bankcore_infra.cli.openapi import openapi
from bankcore_infra.cli.reconcile import reconcile
from bankcore_infra.cli.roles import scheduler, worker
from bankcore_infra.cli.streams import open_streams, written_at_the_end
from bankcore_infra.cli.tenants import tenant
from bankcore_infra.cli.up import up
from bankcore_infra.cli.users import user
from bankcore_infra.cli.verify import verify
from bankcore_infra.db.address import forget_service_of_others


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="bankcore", prog_name="bankcore")
def program() -> None:
    """A banking core: a double-entry ledger on PostgreSQL, as a library and over HTTP.

    Without settings, everything runs on embedded servers in the folder .bankcore; see `bankcore up --help`.
    """


COMMANDS: Final = (
    up,
    demo,
    api,
    worker,
    scheduler,
    db,
    tenant,
    user,
    verify,
    audit,
    reconcile,
    fraud,
    deadletters,
    notifications,
    openapi,
    bench,
)
for command in COMMANDS:
    program.add_command(command)


def main() -> None:
    """Run the program; an expected failure is one line on standard error and exit code 1."""
    forget_service_of_others()
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
    except EXPECTED as error:
        sys.exit(f"bankcore: {line_of(error)}")
