"""Fincra as its customers see it: https://docs.fincra.com."""

from collections.abc import Mapping, Sequence
from hashlib import sha512
from hmac import digest
from typing import ClassVar, Final

from bankcore.testing.provider_simulator.books import SimulatedCharge, SimulatedRefund
from bankcore.testing.provider_simulator.documents import json_answer, json_bytes, major, number, said_in, text
from bankcore.testing.provider_simulator.http_server import SpokenAnswer, SpokenRequest
from bankcore.testing.provider_simulator.payouts import SimulatedPayee, SimulatedPayout
from bankcore.testing.provider_simulator.speaking import OrderSaid, Route, SimulatedMessage, SpokenProvider, Treatment

_SECRET_KEY: Final = "simulated-key"  # noqa: S105 - it opens nothing
_WEBHOOK_SECRET: Final = "simulated-webhook-secret"  # noqa: S105 - it opens nothing
_PAYOUT_STATUSES: Final = {"open": "processing", "paid": "successful", "declined": "failed"}
_STATUSES: Final = {"open": "pending", "paid": "success", "declined": "failed"}


class SimulatedFincra(SpokenProvider):
    """Pages; it gives nothing back over its interface."""

    name: ClassVar[str] = "fincra"
    credentials: ClassVar[Mapping[str, str]] = {
        "secret_key": _SECRET_KEY,
        "public_key": "simulated-public-key",
        "business_id": "simulated-business",
        "webhook_secret": _WEBHOOK_SECRET,
    }

    def is_customer(self, request: SpokenRequest) -> bool:
        """By the secret key."""
        return request.headers.get("api-key") == _SECRET_KEY

    def order_in(self, request: SpokenRequest) -> OrderSaid | None:
        """A page for a payer."""
        if request.method != "POST" or request.path != "/checkout/payments":
            return None
        said = said_in(request.body)
        amount = major(text(said, "amount"), text(said, "currency"))
        return None if amount is None else OrderSaid(text(said, "reference"), amount)

    def ordered(self, request: SpokenRequest, order: OrderSaid, treatment: Treatment) -> SpokenAnswer:
        """A link."""
        if order.reference in self.books.charges:
            return self.refuse(422, "reference already exists", "DUPLICATE_REFERENCE")
        said = said_in(request.body)
        charge = self.take(
            SimulatedCharge(
                provider=self.name,
                number=self.books.next_number(),
                reference=order.reference,
                amount=order.amount,
                return_url=text(said, "redirectUrl"),
                payer=text(said, "customer", "email"),
            ),
            treatment,
        )
        return _said("Payment link created", {"link": self.page_of(charge), "payCode": f"fcr-p-{charge.number}"})

    def routes(self) -> Sequence[Route]:
        """What the bank asks, and no more."""
        return [
            ("GET", "/checkout/payments/merchant-reference/*", self._verified),
            ("GET", "/disbursements/payouts/customer-reference/*", self._payout),
            ("GET", "/profile/business/me", lambda _request, _name: _said("Business", {"id": "simulated-business"})),
        ]

    def refuse(self, status: int, message: str, code: str) -> SpokenAnswer:
        """With an error and its type."""
        return json_answer(status, {"success": False, "error": message, "errorType": code})

    def message(self, about: SimulatedCharge | SimulatedRefund) -> SimulatedMessage | None:
        """It tells of what a payer did."""
        if isinstance(about, SimulatedRefund) or about.status == "open":
            return None
        name = "charge.successful" if about.status == "paid" else "charge.failed"
        body = json_bytes({"event": name, "data": _charge_document(about)})
        signature = digest(_WEBHOOK_SECRET.encode(), body, sha512).hex()
        return SimulatedMessage(body, {"Content-Type": "application/json", "signature": signature})

    def way_back(self, charge: SimulatedCharge) -> Mapping[str, str]:
        """The reference."""
        return {"reference": charge.reference}

    def payout_in(self, request: SpokenRequest) -> OrderSaid | None:
        """A payout."""
        if request.method != "POST" or request.path != "/disbursements/payouts":
            return None
        said = said_in(request.body)
        amount = major(text(said, "amount"), text(said, "destinationCurrency"))
        return None if amount is None else OrderSaid(text(said, "customerReference"), amount)

    def paid_out(self, request: SpokenRequest, order: OrderSaid) -> SpokenAnswer:
        """A payout that is under way."""
        if order.reference in self.books.payouts:
            return self.refuse(422, "customerReference already exists", "DUPLICATE_CUSTOMER_REFERENCE")
        bank, account, name = (
            text(said_in(request.body), "beneficiary", member)
            for member in ("bankCode", "accountNumber", "accountHolderName")
        )
        payout = self.pay_out(order, SimulatedPayee(bank, account, name))
        return json_answer(200, {"success": True, "message": "Payout processed", "data": _payout_document(payout)})

    def payout_message(self, about: SimulatedPayout) -> SimulatedMessage | None:
        """It tells how a payout ended."""
        if about.status not in {"paid", "declined"}:
            return None
        name = "payout.successful" if about.status == "paid" else "payout.failed"
        body = json_bytes({"event": name, "data": _payout_document(about)})
        signature = digest(_WEBHOOK_SECRET.encode(), body, sha512).hex()
        return SimulatedMessage(body, {"Content-Type": "application/json", "signature": signature})

    def _payout(self, _request: SpokenRequest, reference: str) -> SpokenAnswer:
        payout = self.books.payouts.get(reference)
        if payout is None:
            return self.refuse(404, "Payout was not found", "RESOURCE_NOT_FOUND")
        return json_answer(200, {"success": True, "message": "Payout fetched", "data": _payout_document(payout)})

    def _verified(self, _request: SpokenRequest, reference: str) -> SpokenAnswer:
        charge = self.books.charges.get(reference)
        if charge is None:
            return self.refuse(404, "Payment was not found", "RESOURCE_NOT_FOUND")
        return _said("Payment fetched", _charge_document(charge))


def _charge_document(charge: SimulatedCharge) -> Mapping[str, object]:
    return {
        "id": charge.number,
        "chargeReference": f"fcr-c-{charge.number}",
        "merchantReference": charge.reference,
        "amount": number(charge.amount),
        "currency": charge.amount.currency.code,
        "fee": number(charge.fee),
        "status": _STATUSES[charge.status],
    }


def _payout_document(payout: SimulatedPayout) -> Mapping[str, object]:
    return {
        "id": payout.number,
        "reference": f"FNCR_{payout.number}",
        "customerReference": payout.reference,
        "amountReceived": number(payout.amount),
        "destinationCurrency": payout.amount.currency.code,
        "recipient": {"name": payout.payee.name, "accountNumber": payout.payee.account_number, "type": "individual"},
        "status": _PAYOUT_STATUSES.get(payout.status, "successful"),
    }


def _said(message: str, data: Mapping[str, object]) -> SpokenAnswer:
    return json_answer(200, {"status": True, "message": message, "data": data})
