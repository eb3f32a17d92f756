"""`bankcore payouts`: pay very many accounts from one, by a file, and watch it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

import click
from rich.console import Console

from bankcore.clock import instant_text
from bankcore.money import format_minor
from bankcore.payouts.files import PayoutFormat, read_rows
from bankcore.payouts.jobs import PayoutItem, PayoutItemStatus, PayoutJob, PayoutJobId, PayoutStatus
from bankcore.payouts.ports import PayoutQueries
from bankcore.payouts.rows import InvalidRowsError
from bankcore.payouts.start import StartPayout, StartPayouts
from bankcore.payouts.steer import Steering, SteerPayout, SteerPayouts
from bankcore_infra.cli.accounts import account_id_named
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import EXISTING_FILE, OPERATOR, data_dir_option, list_options, tenant_option
from bankcore_infra.cli.printing import print_list, progress_bar
from bankcore_infra.payouts.wiring import payout_worker

_LOOK_S: Final = 0.2
_FORMATS: Final = tuple(each.value for each in PayoutFormat)
_STATUSES: Final = tuple(each.value for each in PayoutItemStatus)
_COLUMNS: Final = {
    "id": "id",
    "name": "name",
    "status": "status",
    "progress": "progress",
    "failed": "failedItems",
    "amount": "totalAmount",
    "currency": "currency",
    "created": "createdAt",
}
_ITEM_COLUMNS: Final = {
    "place": "place",
    "account": "accountId",
    "amount": "amount",
    "reference": "reference",
    "status": "status",
    "problem": "problem",
}
_job_argument: Final = click.argument("payout_id", type=click.UUID)


@click.group()
def payouts() -> None:
    """Pay very many accounts from one, by a file, and watch it."""


@payouts.command()
@click.argument("file", type=EXISTING_FILE)
@click.option("--from", "payer", required=True, metavar="ACCOUNT", help="The paying account, by its number or id.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="How the file is written [default: by its ending].",
)
@click.option("--name", help="What it is for; who is paid reads it where an item has no reference.")
@click.option("--key", help="Your key for it: started again with the same key, it is not paid again.")
@tenant_option
@data_dir_option
def start(  # noqa: PLR0913 - one parameter for each option
    *, file: Path, payer: str, form: str | None, name: str | None, key: str | None, slug: str, data_dir: Path | None
) -> None:
    """Check every row of FILE, set the sum aside, and leave the rest to the workers.

    CSV begins with the names of its columns, account,amount and, if wanted, currency,reference; NDJSON has an object
    with these members on each line. If rows are wrong, each is told with its line, and nothing is started.
    """
    with _told_by_line(file), file.open(encoding="utf-8", newline="") as lines:
        rows = read_rows(lines, _format_of(file, form))
        with bank_at(data_dir) as bank:
            tenant = bank.tenant(slug)
            payer_id = account_id_named(tenant.queries, payer)
            command = StartPayout(payer_id, rows, name=name, idempotency_key=key)
            started = tenant.get(StartPayouts)(command, origin=OPERATOR)
    job = started.value
    again = "was started before" if started.replayed else "is started"
    click.echo(f"payout {job.id} {again}: {job.total.items} items, {_amount(job, job.total.minor)} {job.currency.code}")


@payouts.command("list")
@list_options
def list_(*, limit: int, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """List payouts, latest first."""
    with bank_at(data_dir) as bank:
        jobs = bank.tenant(slug).get(PayoutQueries).list_jobs(limit=limit)
    print_list([_job_row(job) for job in jobs], _COLUMNS, as_json=as_json)


@payouts.command()
@_job_argument
@click.option("--status", type=click.Choice(_STATUSES), help="Only those [default: all].")
@list_options
def items(*, payout_id: UUID, status: str | None, limit: int, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """List the items of a payout, in their order."""
    wanted = None if status is None else PayoutItemStatus(status)
    with bank_at(data_dir) as bank:
        queries = bank.tenant(slug).get(PayoutQueries)
        found = queries.list_items(PayoutJobId(payout_id), status=wanted, limit=limit)
    print_list([_item_row(item) for item in found], _ITEM_COLUMNS, as_json=as_json)


@payouts.command()
@_job_argument
@tenant_option
@data_dir_option
def watch(*, payout_id: UUID, slug: str, data_dir: Path | None) -> None:
    """Show how a payout goes on, until it ends or is paused; Ctrl-C ends the watching alone."""
    with bank_at(data_dir) as bank, progress_bar("items", Console(stderr=True)) as show:
        queries = bank.tenant(slug).get(PayoutQueries)
        while (job := queries.get_job(PayoutJobId(payout_id))).status is PayoutStatus.RUNNING:
            show(job.processed_items, job.total.items)
            time.sleep(_LOOK_S)
    click.echo(_summary(job))


@payouts.command()
@data_dir_option
def run(data_dir: Path | None) -> None:
    """Pay now what is due in every tenant, also where no worker runs; Ctrl-C ends it after the chunk it is at."""
    with bank_at(data_dir) as bank:
        worker, chunks = payout_worker(bank.database, bank.parts.unit), 0
        while worker.pay_due():
            chunks += 1
    click.echo(f"{chunks} rounds made; nothing more is due")


@payouts.command()
@_job_argument
@tenant_option
@data_dir_option
def pause(*, payout_id: UUID, slug: str, data_dir: Path | None) -> None:
    """Pay no more items of a payout for now; what is not paid yet stays set aside."""
    _steer(payout_id, Steering.PAUSE, slug, data_dir)


@payouts.command()
@_job_argument
@tenant_option
@data_dir_option
def resume(*, payout_id: UUID, slug: str, data_dir: Path | None) -> None:
    """Go on with a paused payout."""
    _steer(payout_id, Steering.RESUME, slug, data_dir)


@payouts.command()
@_job_argument
@tenant_option
@data_dir_option
def cancel(*, payout_id: UUID, slug: str, data_dir: Path | None) -> None:
    """Pay no more items of a payout, for ever; what is not paid is given back."""
    _steer(payout_id, Steering.CALL_OFF, slug, data_dir)


@payouts.command()
@_job_argument
@tenant_option
@data_dir_option
def retry(*, payout_id: UUID, slug: str, data_dir: Path | None) -> None:
    """Try the failed items of a completed payout again."""
    _steer(payout_id, Steering.RETRY, slug, data_dir)


def _format_of(file: Path, form: str | None) -> PayoutFormat:
    try:
        return PayoutFormat(form or file.suffix.removeprefix(".").lower())
    except ValueError:
        raise click.UsageError(f"the ending of {file.name} does not say its format; give --format") from None


def _steer(payout_id: UUID, steering: Steering, slug: str, data_dir: Path | None) -> None:
    with bank_at(data_dir) as bank:
        command = SteerPayout(PayoutJobId(payout_id), steering)
        steered = bank.tenant(slug).get(SteerPayouts)(command, origin=OPERATOR)
    click.echo(_summary(steered.value))


@contextmanager
def _told_by_line(file: Path) -> Iterator[None]:
    """Tell what is wrong with the file line by line, as a compiler does."""
    try:
        yield
    except InvalidRowsError as error:
        for line, wrong, detail in error.problems:
            click.echo(f"{file}:{line}: {'' if wrong is None else f'{wrong}: '}{detail}", err=True)
        raise click.ClickException(f"{len(error.problems)} problems; nothing was started") from None
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is not in UTF-8, at byte {error.start}") from None


def _summary(job: PayoutJob) -> str:
    why = "" if job.stopped_by is None else f" ({job.stopped_by})"
    paid = f"{job.paid.items} of {job.total.items} items paid, {_amount(job, job.paid.minor)} {job.currency.code}"
    return f"payout {job.id} is {job.status}{why}: {paid}, {job.failed.items} failed"


def _job_row(job: PayoutJob) -> dict[str, object]:
    return {
        "id": str(job.id),
        "accountId": str(job.account_id),
        "name": job.name,
        "status": job.status.value,
        "progress": job.progress,
        "failedItems": job.failed.items,
        "checkpoint": job.checkpoint,
        "totalAmount": _amount(job, job.total.minor),
        "paidAmount": _amount(job, job.paid.minor),
        "currency": job.currency.code,
        "stoppedBy": job.stopped_by,
        "createdAt": instant_text(job.created_at),
    }


def _item_row(item: PayoutItem) -> dict[str, object]:
    return {
        "place": item.place,
        "accountId": str(item.account_id),
        "amount": item.amount.to_decimal_string(),
        "reference": item.reference,
        "status": item.status.value,
        "problem": item.problem,
        "transactionId": None if item.transaction_id is None else str(item.transaction_id),
    }


def _amount(job: PayoutJob, minor: int) -> str:
    return format_minor(minor, job.currency.exponent)
