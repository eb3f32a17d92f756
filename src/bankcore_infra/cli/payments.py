"""`bankcore payments`: what was authorized is captured, and a person looks at what has to be looked at."""

from pathlib import Path
from typing import Final
from uuid import UUID

import click

from bankcore.clock import instant_text
from bankcore.money import Money
from bankcore.payments.capture import CapturePayment, CapturePayments
from bankcore.payments.payments import Payment, PaymentId, PaymentStatus
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
    """Capture what was authorized, see which payments need a person, and settle what providers do not tell."""


@payments.command()
@_payment_argument
@click.option("--amount", metavar="AMOUNT", help="How much, such as 120.00 [default: all that was authorized].")
@click.option("--key", help="Your key for it: captured again with the same key, nothing more is sent.")
@tenant_option
@data_dir_option
def capture(*, payment_id: UUID, amount: str | None, key: str | None, slug: str, data_dir: Path | None) -> None:
    """Take what the payer of PAYMENT_ID agreed to, once; the rest is released."""
    with bank_at(data_dir) as bank:
        tenant = bank.tenant(slug)
        authorized = tenant.get(PaymentQueries).get_payment(PaymentId(payment_id)).amount
        wanted = None if amount is None else Money.of(amount, authorized.currency.code)
        command = CapturePayment(PaymentId(payment_id), wanted, key)
        captured = tenant.get(CapturePayments)(command, origin=OPERATOR).value
    taken = f"{captured.captured.to_decimal_string()} of {authorized} captured"
    is_known = captured.status is not PaymentStatus.PROCESSING
    click.echo(f"{captured.id} is {captured.status}: {taken if is_known else 'its provider is asked how it ended'}")


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
