"""`bankcore audit`: seals the audit log, and gives auditors what they need to prove it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from bankcore.audit.checkpoints import log_origin, parse_note
from bankcore.tenancy.tenants import Tenant
from bankcore_infra.audit.sealing.eras import EraBeginner, NothingToEndError
from bankcore_infra.audit.sealing.publication import latest_note_path, note_path
from bankcore_infra.audit.sealing.sealed_log import list_notes
from bankcore_infra.audit.sealing.sealer import SealingRefusedError
from bankcore_infra.audit.sealing.wiring import SealingService, open_era_beginner
from bankcore_infra.audit.verifying.export import ExportRequest, LogExport, NothingSealedError
from bankcore_infra.cli.audit_verify import verifier, verify
from bankcore_infra.cli.auditor import open_auditor_database, tenants_named
from bankcore_infra.cli.installations import installation_at
from bankcore_infra.cli.options import EXISTING_FILE, FILE, FOLDER, data_dir_option, tenant_option, tenants_option
from bankcore_infra.cli.output_file import write_whole
from bankcore_infra.cli.printing import progress_bar
from bankcore_infra.db.engine import Database
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import Installation
from bankcore_infra.keys.key_files import UnusableKeyError
from bankcore_infra.keys.receipt_keys import RECEIPT_KEYS_FILE, write_receipt_keys
from bankcore_infra.keys.sealing_keys import PUBLIC_KEY_FILE
from bankcore_infra.settings import SettingsError
from bankcore_infra.tenancy.directory import SqlTenantDirectory

_DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


@click.group()
def audit() -> None:
    """Seal the audit log, export it with proofs, and verify an export offline."""


audit.add_command(verify)
audit.add_command(verifier)


@audit.command()
@tenants_option
@data_dir_option
def seal(slug: str | None, data_dir: Path | None) -> None:
    """Seal what was recorded until now, instead of waiting a second for the scheduler, and publish the checkpoints."""
    settings = load_settings(data_dir=data_dir)
    with (
        installation_at(data_dir) as installation,
        _refusals(),
        closing(SealingService.open(installation, settings, SqlTenantDirectory)) as service,
    ):
        _for_each(tenants_named(service.database, slug), lambda tenant: _seal(service, tenant))


def _seal(service: SealingService, tenant: Tenant) -> None:
    sealed, problems = service.seal_now(tenant)
    size = 0 if sealed.note is None else sealed.note.checkpoint.size
    click.echo(f"{tenant.slug}: {sealed.leaves} records sealed, {size} in all")
    for problem in problems:
        click.echo(f"{tenant.slug}: not published: {problem}", err=True)


@audit.command()
@click.option("--reason", required=True, help="Why: it becomes part of the log, for ever.")
@tenants_option
@data_dir_option
def era(reason: str, slug: str | None, data_dir: Path | None) -> None:
    """Begin a new era of the log after a restore, with a record of why and of the checkpoints known until now.

    Auditors who kept a checkpoint of records that the restore lost will see that, and this reason.
    """
    with installation_at(data_dir) as installation, _refusals():
        database, beginner = open_era_beginner(installation)
        with database:
            _for_each(tenants_named(database, slug), lambda tenant: _begin_era(beginner, tenant, reason))


def _begin_era(beginner: EraBeginner, tenant: Tenant, reason: str) -> None:
    note = beginner.begin_era(tenant, reason)
    if note is None:
        click.echo(f"{tenant.slug}: nothing was sealed yet; the log goes on here")
        return
    click.echo(f"{tenant.slug}: era {note.checkpoint.era} begins; {note.checkpoint.size} records are sealed")


def _for_each(tenants: Sequence[Tenant], act: Callable[[Tenant], None]) -> None:
    """Act for each tenant, also after a refusal for another one. Tenants without anything to do are no failure.

    Raises:
        ClickException: some tenants were refused, or no tenant had anything to do.
    """
    refused, idle = list[str](), list[str]()
    for tenant in tenants:
        try:
            act(tenant)
        except NothingToEndError as error:
            idle.append(str(error))
        except SealingRefusedError as error:
            refused.append(str(error))
    if not refused and len(idle) < len(tenants):
        click.echo("\n".join(idle), err=True, nl=bool(idle))
    elif refused or idle:
        raise click.ClickException("\n".join([*refused, *idle]))


@audit.command()
@click.option("--out", type=FOLDER, required=True, help="Folder to write to.")
@tenants_option
@data_dir_option
def checkpoints(out: Path, slug: str | None, data_dir: Path | None) -> None:
    """Write the signed checkpoints, public-key.pem and receipt-keys.json, to be kept where nobody can change them."""
    with installation_at(data_dir) as installation, _refusals():
        public_key = installation.sealing_dir / PUBLIC_KEY_FILE
        if not public_key.exists():
            raise SettingsError("BANKCORE_SEALING_DIR", f"{public_key} is not there; `bankcore audit seal` makes it")
        out.mkdir(parents=True, exist_ok=True)
        (out / PUBLIC_KEY_FILE).write_bytes(public_key.read_bytes())
        if not _write_receipt_keys(installation, out):
            click.echo(f"no {RECEIPT_KEYS_FILE}: there are no keys here that the API signs receipts with", err=True)
        with open_auditor_database(installation, command="audit") as database:
            for tenant in tenants_named(database, slug):
                newest = _write_notes(database, tenant, out)
                click.echo(f"{tenant.slug}: " + ("nothing is sealed yet" if newest is None else f"newest {newest}"))


@audit.command()
@click.option("--out", type=FILE, required=True, help="File to write.")
@click.option("--from", "since", type=_DAY, help="Only what was recorded since then (UTC).")
@click.option("--to", "until", type=_DAY, help="Only what was recorded before then (UTC).")
@click.option("--checkpoint", "notes", type=EXISTING_FILE, multiple=True, help="Prove a part against this note too.")
@click.option("--each-proof", is_flag=True, help="An inclusion proof in every line, for handing out single lines.")
@click.option(
    "--log-only", is_flag=True, help="Without the rows of the books: a smaller file that proves the log alone."
)
@tenant_option
@data_dir_option
def export(  # noqa: PLR0913 - one for each option
    *,
    out: Path,
    since: datetime | None,
    until: datetime | None,
    notes: Sequence[Path],
    each_proof: bool,
    log_only: bool,
    slug: str,
    data_dir: Path | None,
) -> None:
    """Export a tenant's sealed audit log as lines of JSON with proofs; a time is widened to whole checkpoints."""
    if since is not None and until is not None and since >= until:
        raise click.UsageError("--from must be before --to")
    with (
        installation_at(data_dir) as installation,
        _refusals(),
        open_auditor_database(installation, command="audit") as database,
    ):
        (tenant,) = tenants_named(database, slug)
        sizes = [_size(path, tenant) for path in notes]
        request = ExportRequest(
            since=_utc(since), until=_utc(until), sizes=sizes, each_proof=each_proof, log_only=log_only
        )
        with (
            progress_bar("records", Console(stderr=True)) as show,
            database.engine_for(tenant.id).connect() as connection,
        ):
            write_whole(out, LogExport(connection, tenant, request, on_progress=show).lines())
    click.echo(f"exported to {out}")


def _size(path: Path, tenant: Tenant) -> int:
    """The size of the tenant's log at the checkpoint in that file. Raises: ClickException."""
    try:
        checkpoint = parse_note(path.read_text(encoding="utf-8")).checkpoint
    except ValueError:
        raise click.ClickException(f"{path} is not a checkpoint note") from None
    if checkpoint.origin != log_origin(tenant.id, tenant.slug):
        raise click.ClickException(f"{path} is a checkpoint of {checkpoint.origin}, not of tenant {tenant.slug}")
    return checkpoint.size


def _write_receipt_keys(installation: Installation, out: Path) -> bool:
    try:
        return write_receipt_keys(installation.keys_dir, out)
    except UnusableKeyError as error:
        raise SettingsError("BANKCORE_DATA_DIR", str(error)) from None


def _write_notes(database: Database, tenant: Tenant, out: Path) -> Path | None:
    latest = None
    with database.engine_for(tenant.id).connect() as connection:
        for text in list_notes(connection, tenant.id):
            path = note_path(out, tenant, parse_note(text))
            latest = latest_note_path(out, tenant)
            path.parent.mkdir(exist_ok=True)
            for each in (path, latest):
                each.write_text(text, encoding="utf-8")
    return latest


def _utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.replace(tzinfo=UTC)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (NothingSealedError, SealingRefusedError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None
