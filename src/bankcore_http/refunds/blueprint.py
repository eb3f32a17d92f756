"""Refunds of payments: make, list, read; operators make those of everybody."""

from functools import partial
from typing import Final
from uuid import UUID

from bankcore.approvals.refusals import ApprovalAdvice, ApprovalRequiredError
from bankcore.errors import InvalidStateError, NotFoundError, OutcomeUnknownError
from bankcore.identity.refusals import MfaRequiredError, SecondPersonRequiredError
from bankcore.ledger.rejections import (
    AccountClosedError,
    AccountDormantError,
    AccountFrozenError,
    InsufficientFundsError,
    LimitExceededError,
)
from bankcore.money import AmountOutOfRangeError, CurrencyMismatchError
from bankcore.payments.ask import ASKED_LATELY
from bankcore.payments.payments import PaymentId
from bankcore.payments.ports import PaymentQueries
from bankcore.payments.refusals import ProvidersUnavailableError
from bankcore.permissions import Permission
from bankcore.refunds.create import RefundPayments
from bankcore.refunds.decide import DecideRefunds
from bankcore.refunds.ports import RefundQueries
from bankcore.refunds.refunds import PaymentRefundId
from bankcore.refunds.refusals import ProviderCannotRefundError, RefundExceedsPaymentError
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat, ListQuery
from bankcore_http.refunds.shapes import RefundBody, RefundDecisionBody, RefundShape, present_refund

_KEY: Final = IdempotencyKeyHeader()
_REFUNDS: Final = CursorFormat("refunds", UUID, into=PaymentRefundId)
_REFUSALS: Final = (
    *(NotFoundError, InvalidStateError, RefundExceedsPaymentError, ProviderCannotRefundError),
    *(ProvidersUnavailableError, ApprovalRequiredError, MfaRequiredError, CurrencyMismatchError, AmountOutOfRangeError),
    *(AccountFrozenError, AccountDormantError, AccountClosedError, InsufficientFundsError, LimitExceededError),
    OutcomeUnknownError,
)


def refunds_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/payments/.../refunds` and `/v1/refunds`, of the caller's tenant."""
    blueprint = Blueprint("refunds", url_prefix="/v1", description="What is given back to payers")
    refund_of = services.each(RefundPayments)

    @blueprint.route("/payments/<uuid:payment_id>/refunds", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.REFUNDS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(RefundBody)
    @blueprint.response(201, RefundShape, message="Refund made", headers=REPLAY_HEADERS)
    @blueprint.raises(*_REFUSALS)
    def refund_payment(caller: Caller, key: str, body: RefundBody, *, payment_id: UUID) -> Answer:
        """Give all or some of a payment back to its payer.

        The account gives the whole amount, and the provider's fee does not come back. `sent`, `processing` and
        `unknown` mean that the provider has not said how it ended: it is asked.
        """
        made = refund_of(caller.principal.tenant_id)(
            body.command(PaymentId(payment_id), key),
            origin=caller.acting_origin,
            check_amount=partial(caller.require_may_move, advice=ApprovalAdvice.IN_PARTS),
        )
        return Answer(present_refund(made.value), headers=replay_headers(replayed=made.replayed))

    _serve_decisions(blueprint, services, caller)
    _serve_reads(blueprint, services, caller)
    return blueprint


def _serve_decisions(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    decide_of = services.each(DecideRefunds)

    @blueprint.route("/refunds/<uuid:refund_id>/resolve", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.PAYMENTS_REVIEW))
    @blueprint.takes(_KEY)
    @blueprint.arguments(RefundDecisionBody)
    @blueprint.response(200, RefundShape, message="Refund resolved", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, SecondPersonRequiredError, ApprovalRequiredError, InvalidStateError)
    @blueprint.raises(OutcomeUnknownError)
    def resolve_refund(caller: Caller, key: str, body: RefundDecisionBody, *, refund_id: UUID) -> Answer:
        """Say how a refund ended that needs a review, after looking at the provider.

        If the books refuse, it stays as it is, and `problem` says why. `succeeded` of more than one person moves is
        refused.
        """
        decide = decide_of(caller.principal.tenant_id)
        decided = decide(
            body.command(PaymentRefundId(refund_id), key),
            origin=caller.acting_origin,
            check_amount=partial(caller.require_may_move, advice=ApprovalAdvice.ON_THE_SERVER),
        )
        return Answer(present_refund(decided.value), headers=replay_headers(replayed=decided.replayed))


def _serve_reads(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    queries_of, payments_of = services.each(RefundQueries), services.each(PaymentQueries)

    @blueprint.route("/payments/<uuid:payment_id>/refunds")
    @blueprint.takes(caller.who_may(Permission.PAYMENTS_READ))
    @blueprint.arguments(ListQuery)
    @blueprint.response(200, RefundShape, many=True)
    @blueprint.raises(NotFoundError)
    def list_refunds(caller: Caller, query: ListQuery, *, payment_id: UUID) -> Answer:
        """List the refunds of a payment, latest first.

        Failed ones too: they gave nothing back.
        """
        tenant_id = caller.principal.tenant_id
        queries = queries_of(tenant_id)
        payment = payments_of(tenant_id).get_payment(PaymentId(payment_id), owner_id=caller.only_owner)
        found, page = _REFUNDS.page_by_id(query, partial(queries.list_refunds, payment.id))
        return Answer([present_refund(refund) for refund in found], page=page)

    @blueprint.route("/refunds/<uuid:refund_id>")
    @blueprint.takes(caller.who_may(Permission.PAYMENTS_READ))
    @blueprint.response(200, RefundShape)
    @blueprint.raises(NotFoundError)
    def get_refund(caller: Caller, *, refund_id: UUID) -> RefundShape:
        """Read a refund as we know it.

        While it is open, its provider is asked soon after, unless it was asked in the last five minutes.
        """
        queries = queries_of(caller.principal.tenant_id)
        refund = queries.get_refund(PaymentRefundId(refund_id), owner_id=caller.only_owner)
        queries.hurry_refund(refund.id, unless_asked_within=ASKED_LATELY)
        return present_refund(refund)
