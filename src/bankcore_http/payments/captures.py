"""Captures over HTTP: the merchant has what was authorized taken."""

from typing import Final
from uuid import UUID

from bankcore.errors import InvalidStateError, NotFoundError, OutcomeUnknownError
from bankcore.money import AmountOutOfRangeError, CurrencyMismatchError
from bankcore.payments.capture import CapturePayments
from bankcore.payments.payments import PaymentId
from bankcore.payments.ports import RefundedAmounts
from bankcore.payments.refusals import CaptureExceedsPaymentError, CaptureFailedError, ProvidersUnavailableError
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.payments.shapes import PaymentCaptureBody, PaymentShape, present_payment
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader

_KEY: Final = IdempotencyKeyHeader()
_REFUSALS: Final = (
    *(NotFoundError, InvalidStateError, CaptureExceedsPaymentError, CurrencyMismatchError, AmountOutOfRangeError),
    *(CaptureFailedError, ProvidersUnavailableError, OutcomeUnknownError),
)


def serve_captures(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    """Add `/{id}/capture` to payments."""
    capture_of, refunded_of = services.each(CapturePayments), services.each(RefundedAmounts)

    @blueprint.route("/<uuid:payment_id>/capture", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.PAYMENTS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(PaymentCaptureBody)
    @blueprint.response(200, PaymentShape, message="Capture asked for", headers=REPLAY_HEADERS)
    @blueprint.raises(*_REFUSALS)
    def capture_payment(caller: Caller, key: str, body: PaymentCaptureBody, *, payment_id: UUID) -> Answer:
        """Take what a payer agreed to, once; the rest is released.

        `processing` means that the provider has not said how it ended: it is asked. If it certainly took nothing, that
        is refused as `capture_failed`, and the payment is `requires_capture` as before.
        """
        command = body.command(PaymentId(payment_id), key)
        captured = capture_of(caller.principal.tenant_id)(command, origin=caller.acting_origin)
        refunded = refunded_of(caller.principal.tenant_id).list_refunded([captured.value.id])
        return Answer(present_payment(captured.value, refunded), headers=replay_headers(replayed=captured.replayed))
