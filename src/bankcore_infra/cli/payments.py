"""`bankcore payments`: payments that a person has to look at."""

from pathlib import Path
from typing import Final
from uuid import UUID

import click

from bankcore.clock import instant_text
from bankcore.payments.payments import Payment, PaymentId
from bankcore.payments.ports import PaymentQueries
from bankcore.payments.review import PaymentVerdict, ResolvePayment, ReviewPayments
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import OPERATOR, data_dir_option, evidence_options, list_options, tenant_option
from bankcore_infra.cli.printing import print_list

_COLUMNS: Final = {
    "id": "id",
    "status": "status",
    "problem": "problem",
    "amount": "amount",
    "currency": "currency",
    "order": "attempt",
    "waits since": "reviewSince",
}
_payment_argument: Final = click.argument("payment_id", type=click.UUID)


@click.group()
def payments() -> None:
    """See which payments need a person, have providers asked, and settle what they do not tell."""


@payments.command()
@list_options
def review(*, limit: int, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """List payments that need a person, those first that wait for longest."""
    with bank_at(data_dir) as bank:
        found = bank.tenant(slug).get(PaymentQueries).list_in_review(limit=limit)
    print_list([_row(payment) for payment in found], _COLUMNS, as_json=as_json)


@payments.command()
@_payment_argument
@tenant_option
@data_dir_option
def ask(*, payment_id: UUID, slug: str, data_dir: Path | None) -> None:
    """Have the provider of PAYMENT_ID asked now; a worker does it."""
    with bank_at(data_dir) as bank:
        bank.tenant(slug).get(ReviewPayments).ask(PaymentId(payment_id), origin=OPERATOR)
    click.echo(f"the provider of {payment_id} is asked as soon as a worker runs")


@payments.command()
@_payment_argument
@click.argument("outcome", type=click.Choice([each.value for each in PaymentVerdict]))
@evidence_options
@tenant_option
@data_dir_option
def resolve(
    *, payment_id: UUID, outcome: str, reason: str, evidence: str | None, slug: str, data_dir: Path | None
) -> None:
    """Settle PAYMENT_ID, which needs review, as OUTCOME; `completed` books its money once."""
    command = ResolvePayment(PaymentId(payment_id), PaymentVerdict(outcome), reason=reason, evidence=evidence)
    with bank_at(data_dir) as bank:
        resolved = bank.tenant(slug).get(ReviewPayments).resolve(command, origin=OPERATOR).value
    click.echo(f"{resolved.id} is {resolved.status}")


def _row(payment: Payment) -> dict[str, object]:
    return {
        "id": str(payment.id),
        "status": payment.status,
        "problem": payment.problem,
        "amount": payment.amount.to_decimal_string(),
        "currency": payment.amount.currency.code,
        "attempt": payment.attempt.reference,
        "reviewSince": None if payment.review_since is None else instant_text(payment.review_since),
    }
