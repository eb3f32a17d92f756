"""Payments for merchants: create, list, read, call off, capture; staff read those of everybody."""

from collections.abc import Mapping
from functools import partial
from typing import Final
from uuid import UUID

from bankcore.errors import InvalidStateError, NotFoundError, OutcomeUnknownError
from bankcore.idempotency.answers import Accepted
from bankcore.money import AmountOutOfRangeError, CurrencyMismatchError, Money
from bankcore.payments.ask import ASKED_LATELY
from bankcore.payments.call_off import CallOffPayments
from bankcore.payments.create import CreatePayments
from bankcore.payments.payments import Payment, PaymentId
from bankcore.payments.ports import PaymentQueries, RefundedAmounts
from bankcore.payments.refusals import NoProviderError, ProvidersUnavailableError
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.payments.captures import serve_captures
from bankcore_http.payments.shapes import PaymentBody, PaymentShape, PaymentsQuery, present_payment
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat

_KEY: Final = IdempotencyKeyHeader()
_PAYMENTS: Final = CursorFormat("payments", UUID, into=PaymentId)
_REFUSALS: Final = (
    NotFoundError,
    NoProviderError,
    ProvidersUnavailableError,
    CurrencyMismatchError,
    AmountOutOfRangeError,
    OutcomeUnknownError,
)


def payments_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/payments`, of the caller's tenant."""
    blueprint = Blueprint("payments", url_prefix="/v1/payments", description="Payers pay through providers")
    _serve_payments(blueprint, services, caller)
    serve_captures(blueprint, services, caller)
    _serve_reads(blueprint, services, caller)
    return blueprint


def _serve_payments(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    create_of, call_off_of = services.each(CreatePayments), services.each(CallOffPayments)
    refunded_of = services.each(RefundedAmounts)

    @blueprint.route("", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.PAYMENTS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(PaymentBody)
    @blueprint.response(201, PaymentShape, message="Payment created", headers=REPLAY_HEADERS)
    @blueprint.raises(*_REFUSALS)
    def create_payment(caller: Caller, key: str, body: PaymentBody) -> Answer:
        """Take money from a payer for one of your accounts.

        `requires_action` tells what the payer has to do. `processing` means that the provider has not said how it
        ended: it is asked. Sent again with its key, this is the payment as it is then.
        """
        created = create_of(caller.principal.tenant_id)(body.command(key), origin=caller.acting_origin)
        refunded = _refunded(created, refunded_of(caller.principal.tenant_id))
        return Answer(present_payment(created.value, refunded), headers=replay_headers(replayed=created.replayed))

    @blueprint.route("/<uuid:payment_id>/cancel", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.PAYMENTS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.response(200, PaymentShape, message="Payment canceled", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, InvalidStateError, OutcomeUnknownError)
    def cancel_payment(caller: Caller, key: str, *, payment_id: UUID) -> Answer:
        """Want no more of a payment whose payer has still to act, or that was not captured.

        If the payer pays all the same, the money is on the account and `problem` says so.
        """
        call_off = call_off_of(caller.principal.tenant_id)
        ended = call_off(PaymentId(payment_id), origin=caller.acting_origin, idempotency_key=key)
        refunded = _refunded(ended, refunded_of(caller.principal.tenant_id))
        return Answer(present_payment(ended.value, refunded), headers=replay_headers(replayed=ended.replayed))


def _serve_reads(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    queries_of, refunded_of = services.each(PaymentQueries), services.each(RefundedAmounts)

    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.PAYMENTS_READ))
    @blueprint.arguments(PaymentsQuery)
    @blueprint.response(200, PaymentShape, many=True)
    def list_payments(caller: Caller, query: PaymentsQuery) -> Answer:
        """List your payments, latest first.

        Staff and services list those of everybody.
        """
        queries = queries_of(caller.principal.tenant_id)
        find = partial(queries.list_payments, owner_id=caller.only_owner, status=query.status)
        found, page = _PAYMENTS.page_by_id(query, find)
        refunded = refunded_of(caller.principal.tenant_id).list_refunded([payment.id for payment in found])
        return Answer([present_payment(payment, refunded) for payment in found], page=page)

    @blueprint.route("/<uuid:payment_id>")
    @blueprint.takes(caller.who_may(Permission.PAYMENTS_READ))
    @blueprint.response(200, PaymentShape)
    @blueprint.raises(NotFoundError)
    def get_payment(caller: Caller, *, payment_id: UUID) -> PaymentShape:
        """Read a payment as we know it.

        While it is open, its provider is asked soon after, unless it was asked in the last five minutes.
        """
        queries = queries_of(caller.principal.tenant_id)
        payment = queries.get_payment(PaymentId(payment_id), owner_id=caller.only_owner)
        queries.hurry(payment.id, unless_asked_within=ASKED_LATELY)
        return present_payment(payment, refunded_of(caller.principal.tenant_id).list_refunded([payment.id]))


def _refunded(answer: Accepted[Payment], amounts: RefundedAmounts) -> Mapping[PaymentId, Money]:
    """What was given back of it: only of one of before anything can have been."""
    return amounts.list_refunded([answer.value.id]) if answer.replayed else {}
