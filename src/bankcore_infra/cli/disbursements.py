"""`bankcore disbursements`: what was asked to leave the bank, and how it stands."""

import json
from pathlib import Path
from typing import Final
from uuid import UUID

import click

from bankcore.clock import instant_text
from bankcore.disbursements.disbursements import Disbursement, DisbursementId, DisbursementStatus
from bankcore.disbursements.ports import DisbursementQueries
from bankcore.disbursements.resolve import DisbursementVerdict, ResolveDisbursement
from bankcore.disbursements.service import DecideDisbursements
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import (
    OPERATOR,
    data_dir_option,
    evidence_options,
    json_option,
    list_options,
    tenant_option,
)
from bankcore_infra.cli.printing import print_list

_STATUSES: Final = tuple(each.value for each in DisbursementStatus)
_COLUMNS: Final = {
    "id": "id",
    "status": "status",
    "amount": "amount",
    "currency": "currency",
    "bank": "bankCode",
    "account": "accountHint",
    "problem": "problem",
    "requested": "requestedAt",
}


@click.group()
def disbursements() -> None:
    """See money that leaves the bank through a provider, and say how it ended."""


@disbursements.command("list")
@click.option("--status", type=click.Choice(_STATUSES), help="Only those [default: all].")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True, help="How many at most.")
@tenant_option
@json_option
@data_dir_option
def list_(*, status: str | None, limit: int, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """List disbursements, latest first."""
    wanted = None if status is None else DisbursementStatus(status)
    with bank_at(data_dir) as bank:
        found = bank.tenant(slug).get(DisbursementQueries).list_disbursements(status=wanted, limit=limit)
    print_list([_row(disbursement) for disbursement in found], _COLUMNS, as_json=as_json)


@disbursements.command()
@click.argument("disbursement_id", metavar="ID", type=click.UUID)
@tenant_option
@data_dir_option
def show(*, disbursement_id: UUID, slug: str, data_dir: Path | None) -> None:
    """Print a disbursement as JSON; of its account outside, what may be shown."""
    with bank_at(data_dir) as bank:
        found = bank.tenant(slug).get(DisbursementQueries).get_disbursement(DisbursementId(disbursement_id))
    click.echo(json.dumps(_row(found), indent=2))


@disbursements.command()
@list_options
def review(*, limit: int, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """List disbursements that need a person, those first that wait for longest."""
    with bank_at(data_dir) as bank:
        found = bank.tenant(slug).get(DisbursementQueries).list_in_review(limit=limit)
    print_list([_row(disbursement) for disbursement in found], _COLUMNS, as_json=as_json)


@disbursements.command()
@click.argument("disbursement_id", metavar="ID", type=click.UUID)
@click.argument("outcome", type=click.Choice([each.value for each in DisbursementVerdict]))
@evidence_options
@tenant_option
@data_dir_option
def resolve(
    *, disbursement_id: UUID, outcome: str, reason: str, evidence: str | None, slug: str, data_dir: Path | None
) -> None:
    """Say that the disbursement, which needs review, ended as OUTCOME; the books follow."""
    verdict = DisbursementVerdict(outcome)
    command = ResolveDisbursement(DisbursementId(disbursement_id), verdict, reason=reason, evidence=evidence)
    with bank_at(data_dir) as bank:
        resolved = bank.tenant(slug).get(DecideDisbursements).resolve(command, origin=OPERATOR).value
    click.echo(f"{resolved.id} is {resolved.status}")


def _row(disbursement: Disbursement) -> dict[str, object]:
    decision, sent_at, due_at = disbursement.decision, disbursement.sent_at, disbursement.due_at
    return {
        "id": str(disbursement.id),
        "status": disbursement.status.value,
        "accountId": str(disbursement.account_id),
        "amount": disbursement.amount.to_decimal_string(),
        "currency": disbursement.amount.currency.code,
        "bankCode": disbursement.destination.bank_code,
        "accountHint": disbursement.destination.hint,
        "requestedBy": disbursement.requested_by,
        "requestedAt": instant_text(disbursement.requested_at),
        "decidedBy": None if decision is None else decision.by,
        "sentAt": None if sent_at is None else instant_text(sent_at),
        "askedNextAt": None if due_at is None else instant_text(due_at),
        "failureCode": disbursement.code,
        "problem": disbursement.problem,
        "transactionId": None if disbursement.transaction_id is None else str(disbursement.transaction_id),
    }
