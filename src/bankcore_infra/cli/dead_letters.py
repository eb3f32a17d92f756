"""`bankcore deadletters`: events that a consumer failed on too often."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table

from bankcore.clock import instant_text
from bankcore.work.dead_letters import DeadLetter, DeadLetters, DeliveryId
from bankcore_infra.cli.options import OPERATOR, bank_at, data_dir_option, json_option, tenant_option

_PAGE = 500


@click.group()
def deadletters() -> None:
    """List what consumers failed on, and have it tried again."""


@deadletters.command("list")
@click.option("--consumer", help="Only those of this consumer [default: all].")
@tenant_option
@json_option
@data_dir_option
def list_(consumer: str | None, slug: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001 - click passes flags like this
    """List the dead letters of a tenant, the oldest first."""
    with bank_at(data_dir) as bank:
        letters = list(_all(bank.tenant(slug).get(DeadLetters), consumer))
    if as_json:
        click.echo(json.dumps([_as_document(letter) for letter in letters]))
        return
    table = Table("id", "consumer", "event", "account", "tries", "last error", "last tried")
    for letter in letters:
        document = _as_document(letter)
        table.add_row(*(str(document[name] or "") for name in _COLUMNS))
    Console().print(table)


@deadletters.command()
@click.argument("ids", nargs=-1, type=click.UUID)
@click.option("--all", "wants_all", is_flag=True, help="All there are, or all of --consumer.")
@click.option("--consumer", help="With --all: only those of this consumer.")
@tenant_option
@data_dir_option
def redrive(ids: tuple[UUID, ...], wants_all: bool, consumer: str | None, slug: str, data_dir: Path | None) -> None:  # noqa: FBT001 - click passes flags like this
    """Have the dead letters IDS tried again, from the start."""
    if bool(ids) == wants_all:
        raise click.UsageError("name the dead letters, or say --all")
    with bank_at(data_dir) as bank:
        dead_letters = bank.tenant(slug).get(DeadLetters)
        chosen = [DeliveryId(each) for each in ids] or [letter.id for letter in _all(dead_letters, consumer)]
        for delivery_id in chosen:
            dead_letters.redrive(delivery_id, origin=OPERATOR)
    click.echo(f"{len(chosen)} dead letters are tried again")


_COLUMNS = ("id", "consumer", "eventId", "accountId", "tries", "lastError", "lastTriedAt")


def _all(dead_letters: DeadLetters, consumer: str | None) -> Iterator[DeadLetter]:
    after: DeliveryId | None = None
    while page := dead_letters.list_dead(consumer=consumer, after=after, limit=_PAGE):
        yield from page
        after = page[-1].id


def _as_document(letter: DeadLetter) -> dict[str, object]:
    return {
        "id": str(letter.id),
        "consumer": letter.consumer,
        "eventId": str(letter.event_id),
        "accountId": None if letter.account_id is None else str(letter.account_id),
        "sequence": letter.sequence,
        "tries": letter.tries,
        "lastError": letter.last_error,
        "createdAt": instant_text(letter.created_at),
        "lastTriedAt": instant_text(letter.last_tried_at),
    }
