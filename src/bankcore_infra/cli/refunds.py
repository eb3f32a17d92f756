"""`bankcore refunds`: refunds that a person has to look at."""

from pathlib import Path
from typing import Final
from uuid import UUID

import click

from bankcore.clock import instant_text
from bankcore.refunds.decide import DecideRefund, DecideRefunds, RefundEnd
from bankcore.refunds.ports import RefundQueries
from bankcore.refunds.refunds import PaymentRefund, PaymentRefundId
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import OPERATOR, data_dir_option, evidence_options, list_options, tenant_option
from bankcore_infra.cli.printing import print_list

_COLUMNS: Final = {
    "id": "id",
    "status": "status",
    "problem": "problem",
    "amount": "amount",
    "currency": "currency",
    "payment": "payment",
    "waits since": "reviewSince",
}


@click.group()
def refunds() -> None:
    """See which refunds need a person, and say how they ended."""


@refunds.command()
@list_options
def review(*, limit: int, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """List refunds that need a person, those first that wait for longest."""
    with bank_at(data_dir) as bank:
        found = bank.tenant(slug).get(RefundQueries).list_in_review(limit=limit)
    print_list([_row(refund) for refund in found], _COLUMNS, as_json=as_json)


@refunds.command()
@click.argument("refund_id", type=click.UUID)
@click.argument("outcome", type=click.Choice([each.value for each in RefundEnd]))
@evidence_options
@tenant_option
@data_dir_option
def resolve(
    *, refund_id: UUID, outcome: str, reason: str, evidence: str | None, slug: str, data_dir: Path | None
) -> None:
    """Say that REFUND_ID, which needs review, ended as OUTCOME; the books follow."""
    command = DecideRefund(PaymentRefundId(refund_id), RefundEnd(outcome), reason=reason, evidence=evidence)
    with bank_at(data_dir) as bank:
        resolved = bank.tenant(slug).get(DecideRefunds)(command, origin=OPERATOR).value
    click.echo(f"{resolved.id} is {resolved.stage}")


def _row(refund: PaymentRefund) -> dict[str, object]:
    return {
        "id": str(refund.id),
        "status": refund.stage,
        "problem": refund.problem,
        "amount": refund.amount.to_decimal_string(),
        "currency": refund.amount.currency.code,
        "payment": str(refund.payment_id),
        "reviewSince": None if refund.review_since is None else instant_text(refund.review_since),
    }
