"""Stripe as its customers see it: https://docs.stripe.com/api."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from hmac import digest
from typing import ClassVar, Final

from bankcore.testing.provider_simulator.books import SimulatedCharge, SimulatedDispute, SimulatedRefund
from bankcore.testing.provider_simulator.documents import json_answer, json_bytes, minor
from bankcore.testing.provider_simulator.http_server import SpokenAnswer, SpokenRequest
from bankcore.testing.provider_simulator.speaking import OrderSaid, Route, SimulatedMessage, SpokenProvider, Treatment

_SECRET_KEY: Final = "sk_test_simulated"  # noqa: S105 - it opens nothing
_WEBHOOK_SECRET: Final = "whsec_simulated"  # noqa: S105 - it opens nothing
_SESSIONS: Final = "/v1/checkout/sessions"
_INTENTS: Final = "/v1/payment_intents"
_PRICE: Final = "line_items[0][price_data]"
_AGREED: Final = frozenset({"authorized", "released", "paid"})
_LISTED: Final = 100
_INTENT_STATUSES: Final = {
    "open": "requires_action",
    "authorized": "requires_capture",
    "paid": "succeeded",
    "released": "canceled",
    "declined": "requires_payment_method",
}
_REFUND_STATUSES: Final = {"pending": "pending", "done": "succeeded", "failed": "failed"}
_DECLINED: Final = {
    "type": "card_error",
    "code": "card_declined",
    "decline_code": "generic_decline",
    "message": "Your card was declined.",
}


class SimulatedStripe(SpokenProvider):
    """Checkout pages and known cards. The same idempotency key gets the first answer again."""

    name: ClassVar[str] = "stripe"
    credentials: ClassVar[Mapping[str, str]] = {"secret_key": _SECRET_KEY, "webhook_secret": _WEBHOOK_SECRET}

    def __init__(self, url: str, now: Callable[[], int]) -> None:
        super().__init__(url, now)
        self._answered: dict[str, tuple[bytes, SpokenAnswer]] = {}

    def is_customer(self, request: SpokenRequest) -> bool:
        """By the secret key."""
        return request.headers.get("authorization") == f"Bearer {_SECRET_KEY}"

    def order_in(self, request: SpokenRequest) -> OrderSaid | None:
        """A session or an intent."""
        form = request.form
        if request.method != "POST" or request.path not in {_SESSIONS, _INTENTS}:
            return None
        is_session = request.path == _SESSIONS
        digits = form.get(f"{_PRICE}[unit_amount]" if is_session else "amount", "")
        currency = form.get(f"{_PRICE}[currency]" if is_session else "currency", "")
        amount = minor(digits, currency.upper())
        return None if amount is None else OrderSaid(request.headers.get("idempotency-key", ""), amount)

    def answer(self, request: SpokenRequest, treatment: Treatment) -> SpokenAnswer:
        """As ever, and the first answer again for the same key."""
        key = request.headers.get("idempotency-key", "")
        if key in self._answered:
            body, before = self._answered[key]
            return before if body == request.body else _error(400, "idempotency_error", "The key was used before.")
        said = super().answer(request, treatment)
        if key:
            self._answered[key] = (request.body, said)
        return said

    def routes(self) -> Sequence[Route]:
        """What the bank asks, and no more."""
        return [
            ("GET", "/v1/checkout/sessions/*", self._session),
            ("GET", "/v1/payment_intents/search", self._search),
            ("GET", "/v1/payment_intents/*", self._intent),
            ("POST", "/v1/payment_intents/*/capture", self._captured),
            ("POST", "/v1/payment_intents/*/cancel", self._released),
            ("POST", "/v1/refunds", self._refunded),
            ("GET", "/v1/refunds", self._refunds),
            ("GET", "/v1/refunds/*", self._refund),
            ("GET", "/v1/disputes/*", self._dispute),
            ("GET", "/v1/balance", lambda _request, _name: json_answer(200, {"object": "balance", "livemode": False})),
        ]

    def refuse(self, status: int, message: str, code: str) -> SpokenAnswer:
        """An error."""
        return _error(status, "invalid_request_error", message, code)

    def message(self, about: SimulatedCharge | SimulatedRefund) -> SimulatedMessage | None:
        """It tells of sessions, intents and refunds."""
        if isinstance(about, SimulatedRefund):
            return _signed("refund.updated", f"{about.number}_{about.status}", _refund_document(about), self.now())
        own = f"{about.number}_{about.status}"
        manual = {"authorized": "amount_capturable_updated", "paid": "succeeded", "released": "canceled"}
        if about.is_manual and about.status in manual:
            return _signed(f"payment_intent.{manual[about.status]}", own, _intent_document(about), self.now())
        if about.method:
            names = {"open": "requires_action", "paid": "succeeded", "declined": "payment_failed"}
            return _signed(f"payment_intent.{names[about.status]}", own, _intent_document(about), self.now())
        if about.status == "open":
            return None
        if about.status == "declined":
            return _signed("checkout.session.expired", own, self._session_document(about), self.now())
        return _signed("checkout.session.completed", own, self._session_document(about), self.now())

    def dispute_messages(self, about: SimulatedDispute) -> Sequence[SimulatedMessage]:
        """It tells of the dispute, and of the money: events name the intent by its id alone."""
        names = {"needs_response": ("created", "funds_withdrawn"), "under_review": ("updated",), "lost": ("closed",)}
        said = _dispute_document(about, f"pi_{about.charge.number}")
        return [
            _signed(f"charge.dispute.{name}", f"{about.number}_{about.status}_{name}", said, self.now())
            for name in names.get(about.status, ("closed", "funds_reinstated"))
        ]

    def way_back(self, charge: SimulatedCharge) -> Mapping[str, str]:
        """Sessions add nothing."""
        return {"payment_intent": f"pi_{charge.number}"} if charge.method else {}

    def ordered(self, request: SpokenRequest, order: OrderSaid, treatment: Treatment) -> SpokenAnswer:
        """A page, or how the card was charged."""
        form = request.form
        is_session = request.path == _SESSIONS
        charge = SimulatedCharge(
            provider=self.name,
            number=self.books.next_number(),
            reference=form.get("client_reference_id" if is_session else "metadata[reference]", ""),
            amount=order.amount,
            return_url=form.get("success_url" if is_session else "return_url", ""),
            payer=form.get("customer_email" if is_session else "receipt_email", ""),
            method=form.get("payment_method", ""),
            is_manual="manual" in (form.get("capture_method"), form.get("payment_intent_data[capture_method]")),
        )
        # One whose answer was forgotten, when the simulator began anew, is answered by the books.
        charge = self.books.charges.get(charge.reference) or self.take(charge, treatment)
        if is_session:
            return json_answer(200, self._session_document(charge))
        intent = _intent_document(charge)
        if charge.status == "open":
            intent = {
                **intent,
                "next_action": {"type": "redirect_to_url", "redirect_to_url": {"url": self.page_of(charge)}},
            }
        if charge.status == "declined":
            return json_answer(402, {"error": {**_DECLINED, "payment_intent": intent}})
        return json_answer(200, intent)

    def _session(self, _request: SpokenRequest, own: str) -> SpokenAnswer:
        charge = self.books.find(own.removeprefix("cs_test_"))
        return self._missing(own) if charge is None else json_answer(200, self._session_document(charge))

    def _search(self, request: SpokenRequest, _name: str) -> SpokenAnswer:
        # The question is `metadata['reference']:'...'`. A page has no intent before somebody pays on it.
        charge = self.books.find(request.query.get("query", "").rpartition(":")[2].strip("'"))
        found = [charge] if charge is not None and (charge.method or charge.status in _AGREED) else []
        data = [_intent_document(each) for each in found]
        return json_answer(200, {"object": "search_result", "data": data, "has_more": False})

    def _intent(self, _request: SpokenRequest, own: str) -> SpokenAnswer:
        charge = self.books.find(own.removeprefix("pi_"))
        return self._missing(own) if charge is None else json_answer(200, _intent_document(charge))

    def _captured(self, request: SpokenRequest, own: str) -> SpokenAnswer:
        charge = self.books.find(own.removeprefix("pi_"))
        if charge is None:
            return self._missing(own)
        wanted = minor(request.form.get("amount_to_capture", ""), charge.amount.currency.code) or charge.ordered
        return self._ended(charge, is_done=self.capture(charge, wanted))

    def _released(self, _request: SpokenRequest, own: str) -> SpokenAnswer:
        charge = self.books.find(own.removeprefix("pi_"))
        return self._missing(own) if charge is None else self._ended(charge, is_done=self.release(charge))

    def _ended(self, charge: SimulatedCharge, *, is_done: bool) -> SpokenAnswer:
        if is_done:
            return json_answer(200, _intent_document(charge))
        status = _intent_document(charge)["status"]
        return self.refuse(400, f"This PaymentIntent has a status of {status}.", "payment_intent_unexpected_state")

    def _refunds(self, _request: SpokenRequest, _name: str) -> SpokenAnswer:
        listed = [_refund_document(each) for each in reversed(self.books.refunds[-_LISTED:])]
        return json_answer(200, {"object": "list", "data": listed, "has_more": len(self.books.refunds) > _LISTED})

    def _refund(self, _request: SpokenRequest, own: str) -> SpokenAnswer:
        refund = self.books.find_refund(own.removeprefix("re_"))
        return self._missing(own) if refund is None else json_answer(200, _refund_document(refund))

    def _dispute(self, _request: SpokenRequest, own: str) -> SpokenAnswer:
        dispute = self.books.find_dispute(own.removeprefix("dp_"))
        if dispute is None:
            return self._missing(own)
        return json_answer(200, _dispute_document(dispute, _intent_document(dispute.charge)))

    def _missing(self, own: str) -> SpokenAnswer:
        return self.refuse(404, f"No such object: '{own}'", "resource_missing")

    def _refunded(self, request: SpokenRequest, _name: str) -> SpokenAnswer:
        form = request.form
        charge = self.books.find(form.get("payment_intent", "").removeprefix("pi_"))
        if charge is None:
            return self._missing(form.get("payment_intent", ""))
        amount = minor(form.get("amount", ""), charge.amount.currency.code)
        reference, reason = form.get("metadata[reference]", ""), form.get("metadata[reason]", "")
        refund = self.give_back(charge, amount, reference=reference, reason=reason)
        if refund is None:
            return self.refuse(400, "Refund amount is greater than what is left", "charge_already_refunded")
        return json_answer(200, _refund_document(refund))

    def _session_document(self, charge: SimulatedCharge) -> Mapping[str, object]:
        statuses = {
            "open": "open",
            "authorized": "complete",
            "released": "complete",
            "paid": "complete",
            "declined": "expired",
        }
        return {
            "id": f"cs_test_{charge.number}",
            "object": "checkout.session",
            "livemode": False,
            "client_reference_id": charge.reference,
            "amount_total": charge.amount.minor,
            "currency": charge.amount.currency.code.lower(),
            "status": statuses[charge.status],
            "payment_status": "paid" if charge.status == "paid" else "unpaid",
            "payment_intent": _intent_document(charge) if charge.status in _AGREED else None,
            "url": self.page_of(charge) if charge.status == "open" else None,
        }


def _intent_document(charge: SimulatedCharge) -> Mapping[str, object]:
    currency = charge.amount.currency.code.lower()
    is_paid = charge.status == "paid"
    settled = {"balance_transaction": {"fee": charge.fee.minor, "currency": currency}}
    return {
        "id": f"pi_{charge.number}",
        "object": "payment_intent",
        "livemode": False,
        "amount": (charge.ordered if charge.is_manual else charge.amount).minor,
        "amount_received": charge.amount.minor if is_paid else 0,
        "currency": currency,
        "status": _INTENT_STATUSES[charge.status],
        "capture_method": "manual" if charge.is_manual else "automatic",
        "metadata": {"reference": charge.reference, "flow": "card" if charge.method else "page"},
        "last_payment_error": _DECLINED if charge.status == "declined" else None,
        "latest_charge": {"id": f"ch_{charge.number}", "object": "charge", **settled} if is_paid else None,
    }


def _refund_document(refund: SimulatedRefund) -> Mapping[str, object]:
    return {
        "id": f"re_{refund.number}",
        "object": "refund",
        "amount": refund.amount.minor,
        "currency": refund.amount.currency.code.lower(),
        "payment_intent": f"pi_{refund.charge.number}",
        "metadata": {"reference": refund.reference, "charge_reference": refund.charge.reference},
        "reason": "requested_by_customer",
        "status": _REFUND_STATUSES[refund.status],
    }


def _dispute_document(dispute: SimulatedDispute, intent: object) -> Mapping[str, object]:
    currency = dispute.amount.currency.code.lower()
    taken = {"amount": -dispute.amount.minor, "fee": dispute.fee.minor, "currency": currency}
    back = {"amount": dispute.amount.minor, "fee": 0, "currency": currency}
    return {
        "id": f"dp_{dispute.number}",
        "object": "dispute",
        "livemode": False,
        "amount": dispute.amount.minor,
        "currency": currency,
        "balance_transactions": [taken, back] if dispute.status == "won" else [taken],
        "charge": f"ch_{dispute.charge.number}",
        "payment_intent": intent,
        "evidence_details": {"due_by": dispute.due_by},
        "metadata": {},
        "reason": dispute.reason,
        "status": dispute.status,
    }


def _error(status: int, kind: str, message: str, code: str | None = None) -> SpokenAnswer:
    return json_answer(status, {"error": {"type": kind, "code": code, "message": message}})


def _signed(name: str, own: str, about: Mapping[str, object], now: int) -> SimulatedMessage:
    event = {"id": f"evt_{own}", "object": "event", "type": name, "livemode": False, "data": {"object": about}}
    body = json_bytes(event)
    signature = digest(_WEBHOOK_SECRET.encode(), b"%d." % now + body, sha256).hex()
    return SimulatedMessage(body, {"Content-Type": "application/json", "Stripe-Signature": f"t={now},v1={signature}"})
