"""What the routes of refunds take and show."""

from typing import Annotated

from typing_extensions import TypedDict

from bankcore.payments.events import REASON_LENGTH_MAX
from bankcore.payments.payments import PaymentId
from bankcore.refunds.create import RefundPayment
from bankcore.refunds.decide import DecideRefund, RefundEnd
from bankcore.refunds.refunds import PaymentRefund, PaymentRefundId, RefundStage
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc, Word
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading import fields
from bankcore_http.reading.amounts import money_if_given
from bankcore_http.reading.fields import Omissible, text, word_of
from bankcore_http.reading.shapes import BodyShape

_Told = Annotated[str, text(REASON_LENGTH_MAX)]


class RefundBody(BodyShape):
    """What is to be given back, and why."""

    amount: Annotated[Omissible[fields.AmountString], Doc(description="By default all that is left")] = None
    currency: Annotated[Omissible[fields.CurrencyCode], Doc(description="With `amount`")] = None
    reason: Annotated[fields.Reference, Doc(example="Sent back", description="The provider is told it")]

    def command(self, payment_id: PaymentId, key: str) -> RefundPayment:
        """The command; InvalidRequestError for an amount without a currency."""
        amount = money_if_given(self.amount, self.currency)
        return RefundPayment(payment_id, amount, reason=self.reason, idempotency_key=key)


class RefundDecisionBody(BodyShape):
    """How a refund ended, by what somebody found out at the provider."""

    outcome: Annotated[RefundEnd, word_of(RefundEnd), Doc(example=RefundEnd.SUCCEEDED)]
    reason: Annotated[_Told, Doc(example="Found given back in the provider's list")]
    evidence: Annotated[Omissible[_Told], Doc(example="Settlement 17 of the provider")] = None

    def command(self, refund_id: PaymentRefundId, key: str) -> DecideRefund:
        """The command."""
        return DecideRefund(refund_id, self.outcome, reason=self.reason, evidence=self.evidence, idempotency_key=key)


class RefundShape(TypedDict):
    """A refund as it stands. As long as it is not over, `holdId` keeps its amount on the account."""

    id: Annotated[members.Id, Doc(example="019c1406-3400-7000-8000-0000000000d7")]
    paymentId: Annotated[members.Id, Doc(example="019c1406-3400-7000-8000-0000000000d1")]
    accountId: members.AccountId
    amount: Annotated[members.Amount, Doc(example="40.00")]
    currency: members.Currency
    status: Annotated[str, Word(*RefundStage)]
    reason: Annotated[str, Doc(example="Sent back")]
    failureCode: Annotated[str, Doc(example="not_sent", description="In the provider's words")] | None
    problem: Annotated[str, Doc(example="not_settled")] | None
    needsReview: bool
    holdId: members.Id
    transactionId: members.TransactionId | None
    createdAt: members.Instant
    endedAt: members.Instant | None


def present_refund(refund: PaymentRefund) -> RefundShape:
    """A refund as it stands."""
    return {
        "id": str(refund.id),
        "paymentId": str(refund.payment_id),
        "accountId": str(refund.account_id),
        "amount": refund.amount.to_decimal_string(),
        "currency": refund.amount.currency.code,
        "status": refund.stage.value,
        "reason": refund.reason,
        "failureCode": refund.code if refund.stage is RefundStage.FAILED else None,
        "problem": refund.problem,
        "needsReview": refund.review_since is not None,
        "holdId": str(refund.hold_id),
        "transactionId": None if refund.transaction_id is None else str(refund.transaction_id),
        "createdAt": render_instant(refund.created_at),
        "endedAt": None if refund.ended_at is None else render_instant(refund.ended_at),
    }
