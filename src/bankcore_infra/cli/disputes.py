"""`bankcore disputes`: what payers' banks took back of payments."""

from pathlib import Path
from typing import Final
from uuid import UUID

import click

from bankcore.clock import instant_text
from bankcore.disputes.disputes import PaymentDispute, PaymentDisputeId
from bankcore.disputes.ports import DisputeQueries
from bankcore.disputes.review import ResolveDispute, ResolveDisputes
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import OPERATOR, data_dir_option, json_option, list_options, tenant_option
from bankcore_infra.cli.printing import print_list

_COLUMNS: Final = {
    "id": "id",
    "status": "status",
    "problem": "problem",
    "amount": "amount",
    "taken": "withdrawn",
    "given back": "reinstated",
    "currency": "currency",
    "payment": "payment",
    "respond by": "respondBy",
}


@click.group()
def disputes() -> None:
    """See what payers' banks took back of payments. They are answered where the bank logs in at the provider."""


@disputes.command("list")
@click.option("--review", is_flag=True, help="Only those that need a person, for longest first.")
@list_options
def list_disputes(*, review: bool, limit: int, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """List disputes, the latest first."""
    with bank_at(data_dir) as bank:
        queries = bank.tenant(slug).get(DisputeQueries)
        found = queries.list_in_review(limit=limit) if review else queries.list_disputes(limit=limit)
    print_list([_row(dispute) for dispute in found], _COLUMNS, as_json=as_json)


@disputes.command()
@click.argument("dispute_id", type=click.UUID)
@tenant_option
@json_option
@data_dir_option
def show(*, dispute_id: UUID, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """Show DISPUTE_ID."""
    with bank_at(data_dir) as bank:
        dispute = bank.tenant(slug).get(DisputeQueries).get_dispute(PaymentDisputeId(dispute_id))
    print_list([_row(dispute)], _COLUMNS, as_json=as_json)


@disputes.command()
@click.argument("dispute_id", type=click.UUID)
@click.option("--reason", required=True, help="Why nothing more is to be done; the audit log keeps it.")
@tenant_option
@data_dir_option
def resolve(*, dispute_id: UUID, reason: str, slug: str, data_dir: Path | None) -> None:
    """End the review of DISPUTE_ID, whose provider is asked no more."""
    command = ResolveDispute(PaymentDisputeId(dispute_id), reason=reason)
    with bank_at(data_dir) as bank:
        resolved = bank.tenant(slug).get(ResolveDisputes)(command, origin=OPERATOR).value
    click.echo(f"{resolved.id} is {resolved.status}")


def _row(dispute: PaymentDispute) -> dict[str, object]:
    taken, back = dispute.withdrawn, dispute.reinstated
    return {
        "id": str(dispute.id),
        "status": dispute.status,
        "problem": dispute.problem,
        "amount": dispute.amount.to_decimal_string(),
        "withdrawn": None if taken is None else taken.whole.to_decimal_string(),
        "reinstated": None if back is None else back.whole.to_decimal_string(),
        "currency": dispute.amount.currency.code,
        "payment": str(dispute.payment_id),
        "respondBy": None if dispute.respond_by is None else instant_text(dispute.respond_by),
    }
