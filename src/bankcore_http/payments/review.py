"""Payments that need review, for operators: ask the provider again, or say what became of them."""

from functools import partial
from typing import Annotated, Final
from uuid import UUID

from bankcore.approvals.refusals import ApprovalAdvice, ApprovalRequiredError
from bankcore.errors import InvalidStateError, NotFoundError, OutcomeUnknownError
from bankcore.identity.refusals import SecondPersonRequiredError
from bankcore.ledger.rejections import AccountClosedError, AccountDormantError, AccountFrozenError
from bankcore.payments.events import REASON_LENGTH_MAX
from bankcore.payments.payments import PaymentId
from bankcore.payments.ports import RefundedAmounts
from bankcore.payments.review import PaymentVerdict, ResolvePayment, ReviewPayments
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.members import Doc
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.payments.shapes import PaymentShape, present_payment
from bankcore_http.reading import fields
from bankcore_http.reading.fields import Omissible, text
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.shapes import BodyShape

_KEY: Final = IdempotencyKeyHeader()
_Told = Annotated[str, text(REASON_LENGTH_MAX)]
_LEDGERS: Final = (AccountFrozenError, AccountDormantError, AccountClosedError)


class VerdictBody(BodyShape):
    """What became of a payment, and how that is known."""

    outcome: Annotated[
        PaymentVerdict,
        fields.word_of(PaymentVerdict, "an outcome is completed or failed"),
        Doc(example=PaymentVerdict.COMPLETED.value),
    ]
    reason: Annotated[_Told, Doc(example="Found paid in the provider's list")]
    evidence: Annotated[Omissible[_Told], Doc(example="Settlement 17 of the provider")] = None


def payment_review_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/admin/payments`, of the operator's tenant."""
    review_of, refunded_of = services.each(ReviewPayments), services.each(RefundedAmounts)
    blueprint = Blueprint("payment-review", url_prefix="/v1/admin/payments", description="Payments that need a person")

    @blueprint.route("/<uuid:payment_id>/ask", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.PAYMENTS_REVIEW))
    @blueprint.takes(_KEY)
    @blueprint.response(200, PaymentShape, message="The provider is asked", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, InvalidStateError, OutcomeUnknownError)
    def ask_provider(caller: Caller, key: str, *, payment_id: UUID) -> Answer:
        """Have the provider of a payment asked again, now.

        For operators. Read the payment a little later.
        """
        review = review_of(caller.principal.tenant_id)
        asked = review.ask(PaymentId(payment_id), origin=caller.acting_origin, idempotency_key=key)
        refunded = refunded_of(caller.principal.tenant_id).list_refunded([asked.value.id])
        return Answer(present_payment(asked.value, refunded), headers=replay_headers(replayed=asked.replayed))

    @blueprint.route("/<uuid:payment_id>/resolve", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.PAYMENTS_REVIEW))
    @blueprint.takes(_KEY)
    @blueprint.arguments(VerdictBody)
    @blueprint.response(200, PaymentShape, message="Payment resolved", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, SecondPersonRequiredError, ApprovalRequiredError, InvalidStateError)
    @blueprint.raises(OutcomeUnknownError, *_LEDGERS)
    def resolve_payment(caller: Caller, key: str, body: VerdictBody, *, payment_id: UUID) -> Answer:
        """Say what became of a payment that needs review.

        For operators, on accounts of others. `completed` books its money once, whoever else says so; more than one
        person moves is refused.
        """
        command = ResolvePayment(PaymentId(payment_id), body.outcome, reason=body.reason, evidence=body.evidence)
        review = review_of(caller.principal.tenant_id)
        check = partial(caller.require_may_move, advice=ApprovalAdvice.ON_THE_SERVER)
        resolved = review.resolve(command, origin=caller.acting_origin, idempotency_key=key, check_amount=check)
        refunded = refunded_of(caller.principal.tenant_id).list_refunded([resolved.value.id])
        return Answer(present_payment(resolved.value, refunded), headers=replay_headers(replayed=resolved.replayed))

    return blueprint
