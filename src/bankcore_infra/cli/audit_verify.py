"""`bankcore audit verify` and `bankcore audit verifier`: what an auditor does with an export, and needs for it."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from bankcore_infra.audit.laws.columns import NOT_PROVEN
from bankcore_infra.audit.laws.findings import CannotVerifyError
from bankcore_infra.audit.laws.program import LogVerdict, verdict_of
from bankcore_infra.audit.laws.program import verify as verify_export
from bankcore_infra.audit.laws.verification import Verification
from bankcore_infra.audit.standalone_verifier import build_verifier
from bankcore_infra.cli.options import EXISTING_FILE, FILE, accept_era_option, json_option, no_answer
from bankcore_infra.cli.output_file import write_whole


@click.command()
@click.argument("file", type=EXISTING_FILE)
@click.option("--checkpoint", "notes", type=EXISTING_FILE, multiple=True, required=True, help="A note kept outside.")
@click.option("--public-key", "public_key", type=EXISTING_FILE, required=True, help="public-key.pem of the bank.")
@click.option("--receipt", "receipts", type=EXISTING_FILE, multiple=True, help="An audit receipt to hold it to.")
@click.option("--receipt-keys", "receipt_keys", type=EXISTING_FILE, help="receipt-keys.json of the bank.")
@click.option("--log-only", is_flag=True, help="The export was asked for with --log-only.")
@click.option("--part", is_flag=True, help="The export was asked for with --from or --to.")
@accept_era_option
@json_option
def verify(  # noqa: PLR0913 - one for each option
    *,
    file: Path,
    notes: Sequence[Path],
    public_key: Path,
    receipts: Sequence[Path],
    receipt_keys: Path | None,
    log_only: bool,
    part: bool,
    accepted_eras: Sequence[int],
    as_json: bool,
) -> None:
    """Verify an exported FILE offline, starting from a checkpoint that was kept outside.

    Exit code 0: nothing was changed; 1: something was, and it is named; 2: these inputs do not allow an answer, or
    leave out more than was asked for.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with (
        no_answer(CannotVerifyError),
        Progress(*columns, console=Console(stderr=True, quiet=as_json), transient=True) as progress,
    ):
        task = progress.add_task("verifying", total=file.stat().st_size)
        verification = verify_export(
            file,
            [_read(path) for path in notes],
            public_key.read_bytes(),
            receipts=[(path.name, _read(path)) for path in receipts],
            receipt_keys=None if receipt_keys is None else receipt_keys.read_bytes(),
            accepted_eras=frozenset(accepted_eras),
            on_progress=lambda read: progress.update(task, completed=read),
        )
    verdict = verdict_of(verification, log_only=log_only, part=part)
    click.echo(json.dumps(_as_document(verification, verdict)) if as_json else "\n".join(verdict.lines))
    sys.exit(verdict.exit_code)


@click.command()
@click.option("--out", type=FILE, required=True, help="File to write.")
def verifier(out: Path) -> None:
    """Write the verifier as one file of Python that needs nothing of bankcore, for an auditor to take along."""
    try:
        write_whole(out, [build_verifier().encode()])
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    click.echo(f"written to {out}: python {out.name} EXPORT --checkpoint NOTE --public-key PEM")


def _as_document(verification: Verification, verdict: LogVerdict) -> dict[str, object]:
    return {
        "clean": verdict.exit_code == 0,
        "records": verification.records,
        "findings": [finding._asdict() for finding in verification.findings],
        "remarks": verification.remarks,
        "leftOut": verification.left_out,
        "notProven": NOT_PROVEN,
    }


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
