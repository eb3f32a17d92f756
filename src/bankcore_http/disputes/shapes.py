"""What the routes of disputes show."""

from typing import Annotated

from typing_extensions import TypedDict

from bankcore.disputes.disputes import DisputeMovement, DisputeStatus, PaymentDispute, PaymentDisputeId
from bankcore.disputes.review import ResolveDispute
from bankcore.money import Money
from bankcore.payments.events import REASON_LENGTH_MAX
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc, Word
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading import fields
from bankcore_http.reading.fields import Omissible, text
from bankcore_http.reading.pagination import ListQuery
from bankcore_http.reading.shapes import BodyShape


class DisputesQuery(ListQuery):
    """Which disputes to list."""

    status: Omissible[Annotated[DisputeStatus, fields.word_of(DisputeStatus)]] = None


class DisputeResolutionBody(BodyShape):
    """Why nothing more is to be done."""

    reason: Annotated[str, text(REASON_LENGTH_MAX), Doc(example="Written off")]

    def command(self, dispute_id: PaymentDisputeId, key: str) -> ResolveDispute:
        """The command."""
        return ResolveDispute(dispute_id, reason=self.reason, idempotency_key=key)


class DisputeShape(TypedDict):
    """A dispute as it stands. The account paid `withdrawnAmount` and `fee`, and got `reinstatedAmount` back."""

    id: Annotated[members.Id, Doc(example="019c1406-3400-7000-8000-0000000000e7")]
    paymentId: Annotated[members.Id, Doc(example="019c1406-3400-7000-8000-0000000000d1")]
    accountId: members.AccountId
    amount: Annotated[members.Amount, Doc(example="150.00")]
    currency: members.Currency
    status: Annotated[str, Word(*DisputeStatus)]
    reason: Annotated[str, Doc(example="fraudulent", description="In the provider's word")] | None
    respondBy: members.Instant | None
    providerDisputeId: Annotated[str, Doc(example="dp_1")]
    withdrawnAmount: Annotated[members.Amount, Doc(example="150.00")]
    fee: Annotated[members.Amount, Doc(example="15.00")]
    reinstatedAmount: Annotated[members.Amount, Doc(example="0.00")]
    withdrawalId: members.TransactionId | None
    reinstatementId: members.TransactionId | None
    problem: Annotated[str, Doc(example="insufficient_funds")] | None
    needsReview: bool
    createdAt: members.Instant
    endedAt: members.Instant | None


def present_dispute(dispute: PaymentDispute) -> DisputeShape:
    """A dispute as it stands."""
    taken, back = dispute.withdrawn, dispute.reinstated
    nothing = Money.zero(dispute.amount.currency)
    fee = (nothing if taken is None else taken.fee) - (nothing if back is None else back.fee)
    return {
        "id": str(dispute.id),
        "paymentId": str(dispute.payment_id),
        "accountId": str(dispute.account_id),
        "amount": dispute.amount.to_decimal_string(),
        "currency": dispute.amount.currency.code,
        "status": dispute.status.value,
        "reason": dispute.reason,
        "respondBy": None if dispute.respond_by is None else render_instant(dispute.respond_by),
        "providerDisputeId": dispute.provider_id,
        "withdrawnAmount": (nothing if taken is None else taken.amount).to_decimal_string(),
        "fee": fee.to_decimal_string(),
        "reinstatedAmount": (nothing if back is None else back.amount).to_decimal_string(),
        "withdrawalId": _transaction(taken),
        "reinstatementId": _transaction(back),
        "problem": dispute.problem,
        "needsReview": dispute.review_since is not None,
        "createdAt": render_instant(dispute.created_at),
        "endedAt": None if dispute.ended_at is None else render_instant(dispute.ended_at),
    }


def _transaction(movement: DisputeMovement | None) -> str | None:
    return None if movement is None else str(movement.transaction_id)
