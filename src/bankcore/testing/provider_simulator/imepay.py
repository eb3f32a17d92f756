"""IME Pay as nobody published it: an interface of our own, so that the bank can be tried with it."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from hmac import digest
from typing import ClassVar, Final

from bankcore.testing.provider_simulator.books import SimulatedCharge, SimulatedRefund
from bankcore.testing.provider_simulator.documents import json_answer, json_bytes, minor, said_in, text
from bankcore.testing.provider_simulator.http_server import SpokenAnswer, SpokenRequest
from bankcore.testing.provider_simulator.speaking import OrderSaid, Route, SimulatedMessage, SpokenProvider, Treatment

_SECRET_KEY: Final = "simulated-key"  # noqa: S105 - it opens nothing
_STATUSES: Final = {"open": "waiting", "paid": "paid", "declined": "refused"}


class SimulatedImePay(SpokenProvider):
    """Pages; the same reference gets the same page."""

    name: ClassVar[str] = "imepay"
    credentials: ClassVar[Mapping[str, str]] = {"secret_key": _SECRET_KEY}

    def is_customer(self, request: SpokenRequest) -> bool:
        """By the secret key."""
        return request.headers.get("authorization") == f"Bearer {_SECRET_KEY}"

    def order_in(self, request: SpokenRequest) -> OrderSaid | None:
        """A page for a payer."""
        if request.method != "POST" or request.path != "/v1/payments":
            return None
        said = said_in(request.body)
        amount = minor(text(said, "amount"), text(said, "currency"))
        return None if amount is None else OrderSaid(text(said, "reference"), amount)

    def ordered(self, request: SpokenRequest, order: OrderSaid, treatment: Treatment) -> SpokenAnswer:
        """A page."""
        charge = self.books.charges.get(order.reference)
        if charge is None:
            charge = SimulatedCharge(
                provider=self.name,
                number=self.books.next_number(),
                reference=order.reference,
                amount=order.amount,
                return_url=text(said_in(request.body), "returnUrl"),
            )
            self.take(charge, treatment)
        return json_answer(200, {**_charge_document(charge), "page": self.page_of(charge)})

    def routes(self) -> Sequence[Route]:
        """What the bank asks, and no more."""
        return [
            ("GET", "/v1/payments/*", self._payment),
            ("POST", "/v1/refunds", self._refunded),
            ("GET", "/v1/refunds/*", self._refund),
            ("GET", "/v1/health", lambda _request, _name: json_answer(200, {})),
        ]

    def refuse(self, status: int, message: str, code: str) -> SpokenAnswer:
        """With a code and a message."""
        return json_answer(status, {"code": code, "message": message})

    def message(self, about: SimulatedCharge | SimulatedRefund) -> SimulatedMessage | None:
        """It tells of everything."""
        is_refund = isinstance(about, SimulatedRefund)
        document = _refund_document(about) if isinstance(about, SimulatedRefund) else _charge_document(about)
        event_id = f"{about.number}:{about.status}"
        body = json_bytes({"eventId": event_id, "refund" if is_refund else "payment": document})
        signature = digest(_SECRET_KEY.encode(), body, sha256).hex()
        return SimulatedMessage(body, {"Content-Type": "application/json", "X-Simulated-Signature": signature})

    def way_back(self, charge: SimulatedCharge) -> Mapping[str, str]:
        """The reference."""
        return {"reference": charge.reference}

    def _payment(self, _request: SpokenRequest, reference: str) -> SpokenAnswer:
        charge = self.books.charges.get(reference)
        if charge is None:
            return self.refuse(404, "There is no such payment", "not_found")
        return json_answer(200, _charge_document(charge))

    def _refunded(self, request: SpokenRequest, _name: str) -> SpokenAnswer:
        said = said_in(request.body)
        charge = self.books.charges.get(text(said, "payment"))
        amount = minor(text(said, "amount"), "NPR")
        reference, reason = text(said, "reference"), text(said, "reason")
        refund = None if charge is None else self.give_back(charge, amount, reference=reference, reason=reason)
        if refund is None:
            return self.refuse(422, "There is not so much to give back", "too_much")
        return json_answer(200, _refund_document(refund))

    def _refund(self, _request: SpokenRequest, reference: str) -> SpokenAnswer:
        refund = self.books.find_refund(reference)
        if refund is None:
            return self.refuse(404, "There is no such refund", "not_found")
        return json_answer(200, _refund_document(refund))


def _charge_document(charge: SimulatedCharge) -> Mapping[str, object]:
    return {
        "reference": charge.reference,
        "amount": charge.amount.minor,
        "fee": charge.fee.minor,
        "currency": charge.amount.currency.code,
        "status": _STATUSES[charge.status],
    }


def _refund_document(refund: SimulatedRefund) -> Mapping[str, object]:
    return {
        "reference": refund.reference,
        "payment": refund.charge.reference,
        "amount": refund.amount.minor,
        "currency": refund.amount.currency.code,
        "status": refund.status,
    }
