"""`bankcore deadletters`: events that a consumer failed on too often."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import click

from bankcore.clock import instant_text
from bankcore.work.dead_letters import DeadLetter, DeadLetters, DeliveryId
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import OPERATOR, data_dir_option, json_option, tenant_option
from bankcore_infra.cli.printing import print_list

_PAGE = 500
_COLUMNS = {
    "id": "id",
    "consumer": "consumer",
    "event": "eventId",
    "account": "accountId",
    "tries": "tries",
    "last error": "lastError",
    "last tried": "lastTriedAt",
}


@click.group()
def deadletters() -> None:
    """List what consumers failed on, and have it tried again."""


@deadletters.command("list")
@click.option("--consumer", help="Only those of this consumer [default: all].")
@tenant_option
@json_option
@data_dir_option
def list_(*, consumer: str | None, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """List the dead letters of a tenant, the oldest first."""
    with bank_at(data_dir) as bank:
        letters = [_as_document(letter) for letter in _all(bank.tenant(slug).get(DeadLetters), consumer)]
    print_list(letters, _COLUMNS, as_json=as_json)


@deadletters.command()
@click.argument("ids", nargs=-1, type=click.UUID)
@click.option("--all", "wants_all", is_flag=True, help="All there are, or all of --consumer.")
@click.option("--consumer", help="With --all: only those of this consumer.")
@tenant_option
@data_dir_option
def redrive(*, ids: tuple[UUID, ...], wants_all: bool, consumer: str | None, slug: str, data_dir: Path | None) -> None:
    """Have the dead letters IDS tried again, from the start."""
    if bool(ids) == wants_all:
        raise click.UsageError("name the dead letters, or say --all")
    with bank_at(data_dir) as bank:
        dead_letters = bank.tenant(slug).get(DeadLetters)
        chosen = [DeliveryId(each) for each in ids] or [letter.id for letter in _all(dead_letters, consumer)]
        for delivery_id in chosen:
            dead_letters.redrive(delivery_id, origin=OPERATOR)
    click.echo(f"{len(chosen)} dead letters are tried again")


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
