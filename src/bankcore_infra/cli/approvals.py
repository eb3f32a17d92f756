"""`bankcore approvals`: movements that wait for a second person, and how they ended."""

import json
from pathlib import Path
from typing import Final
from uuid import UUID

import click

from bankcore.approvals.approvals import Approval, ApprovalId, ApprovalStatus
from bankcore.approvals.ports import ApprovalQueries
from bankcore.approvals.service import Approvals
from bankcore.clock import instant_text
from bankcore.ledger.reversals import ReverseTransaction
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import OPERATOR, data_dir_option, json_option, tenant_option
from bankcore_infra.cli.printing import print_list

_COLUMNS: Final = {
    "id": "id",
    "status": "status",
    "kind": "kind",
    "amount": "amount",
    "currency": "currency",
    "requested by": "requestedBy",
    "waits until": "expiresAt",
}
_approval_argument: Final = click.argument("approval_id", metavar="ID", type=click.UUID)


@click.group()
def approvals() -> None:
    """See what waits for a second person, and reject it.

    Approving is not for the command line, which does not know who sits at it: it takes somebody who has logged in.
    """


@approvals.command("list")
@click.option("--status", type=click.Choice([each.value for each in ApprovalStatus]), help="Only those [default: all].")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True, help="How many at most.")
@tenant_option
@json_option
@data_dir_option
def list_(*, status: str | None, limit: int, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """List approvals, latest first."""
    wanted = None if status is None else ApprovalStatus(status)
    with bank_at(data_dir) as bank:
        found = bank.tenant(slug).get(ApprovalQueries).list_approvals(status=wanted, limit=limit)
    print_list([_row(approval) for approval in found], _COLUMNS, as_json=as_json)


@approvals.command()
@_approval_argument
@tenant_option
@data_dir_option
def show(*, approval_id: UUID, slug: str, data_dir: Path | None) -> None:
    """Print an approval as JSON: what is wanted, by whom, and how it ended."""
    with bank_at(data_dir) as bank:
        found = bank.tenant(slug).get(ApprovalQueries).get_approval(ApprovalId(approval_id))
    click.echo(json.dumps(_row(found), indent=2))


@approvals.command()
@_approval_argument
@click.option("--reason", required=True, help="Why; whoever requested it is shown it.")
@tenant_option
@data_dir_option
def reject(*, approval_id: UUID, reason: str, slug: str, data_dir: Path | None) -> None:
    """Reject an approval that waits, for ever; nothing moves."""
    with bank_at(data_dir) as bank:
        service = bank.tenant(slug).get(Approvals)
        rejected = service.reject(ApprovalId(approval_id), reason=reason, origin=OPERATOR).value
    click.echo(f"{rejected.id} is {rejected.status}")


def _row(approval: Approval) -> dict[str, object]:
    command, amount, ending = approval.command, approval.amount, approval.ending
    return {
        "id": str(approval.id),
        "status": approval.status.value,
        "kind": command.kind,
        "amount": None if amount is None else amount.to_decimal_string(),
        "currency": None if amount is None else amount.currency.code,
        "accountIds": [str(account_id) for account_id in approval.account_ids],
        "reverses": str(command.transaction_id) if isinstance(command, ReverseTransaction) else None,
        "reference": command.reference,
        "requestedBy": approval.requested_by,
        "requestedAt": instant_text(approval.requested_at),
        "expiresAt": instant_text(approval.expires_at),
        "endedBy": None if ending is None else ending.by,
        "endedAt": None if ending is None else instant_text(ending.at),
        "reason": None if ending is None else ending.reason,
        "transactionId": None if approval.transaction_id is None else str(approval.transaction_id),
    }
