"""Paystack as its customers see it: https://paystack.com/docs/api."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha512
from hmac import digest
from typing import ClassVar, Final

from bankcore.testing.provider_simulator.books import SimulatedCharge, SimulatedDispute, SimulatedRefund
from bankcore.testing.provider_simulator.documents import json_answer, json_bytes, minor, said_in, text
from bankcore.testing.provider_simulator.http_server import SpokenAnswer, SpokenRequest
from bankcore.testing.provider_simulator.payouts import SimulatedPayee, SimulatedPayout
from bankcore.testing.provider_simulator.speaking import OrderSaid, Route, SimulatedMessage, SpokenProvider, Treatment

_SECRET_KEY: Final = "sk_test_simulated"  # noqa: S105 - it opens nothing
_ORDERS: Final = {"/transaction/initialize", "/transaction/charge_authorization"}
_LISTED: Final = 100
_STATUSES: Final = {"open": "abandoned", "paid": "success", "declined": "failed"}
_PAYOUT_STATUSES: Final = {"open": "pending", "paid": "success", "declined": "failed", "returned": "reversed"}
_DISPUTE_STATUSES: Final = {"needs_response": "awaiting-merchant-feedback", "under_review": "awaiting-bank-feedback"}
_RESOLUTIONS: Final = {"won": "declined", "lost": "merchant-accepted"}
_REFUND_STATUSES: Final = {"pending": "pending", "done": "processed", "failed": "failed"}


class SimulatedPaystack(SpokenProvider):
    """Pages and known cards; refunds are done when the simulator says so."""

    name: ClassVar[str] = "paystack"
    credentials: ClassVar[Mapping[str, str]] = {"secret_key": _SECRET_KEY}

    def order_in(self, request: SpokenRequest) -> OrderSaid | None:
        """Both ways to order take the same document."""
        if request.path not in _ORDERS or request.method != "POST":
            return None
        said = said_in(request.body)
        amount = minor(text(said, "amount"), text(said, "currency") or "NGN")
        return None if amount is None else OrderSaid(text(said, "reference"), amount)

    def is_customer(self, request: SpokenRequest) -> bool:
        """By the secret key."""
        return request.headers.get("authorization") == f"Bearer {_SECRET_KEY}"

    def routes(self) -> Sequence[Route]:
        """What the bank asks, and no more."""
        return [
            ("GET", "/transaction/verify/*", self._verified),
            ("POST", "/refund", self._refunded),
            ("GET", "/refund", self._refunds),
            ("GET", "/refund/*", self._refund),
            ("GET", "/dispute/*", self._dispute),
            ("GET", "/balance", self._balance),
            ("POST", "/transferrecipient", self._payee),
            ("GET", "/transfer/verify/*", self._payout),
        ]

    def refuse(self, status: int, message: str, code: str) -> SpokenAnswer:
        """With a status that is false."""
        return json_answer(status, {"status": False, "message": message, "code": code})

    def message(self, about: SimulatedCharge | SimulatedRefund) -> SimulatedMessage | None:
        """It tells of what was paid, and of each step of a refund."""
        if isinstance(about, SimulatedCharge):
            if about.status != "paid":
                return None
            return _signed({"event": "charge.success", "data": _charge_document(about)})
        status = _REFUND_STATUSES[about.status]
        data = {
            "status": status,
            "transaction_reference": about.charge.reference,
            "refund_reference": None,
            "amount": str(about.amount.minor),
            "currency": about.amount.currency.code,
            "domain": "test",
        }
        return _signed({"event": "refund" + f".{status}", "data": data})

    def dispute_messages(self, about: SimulatedDispute) -> Sequence[SimulatedMessage]:
        """It tells of a dispute when it is made and when it is resolved, and reminds of it in between."""
        names = {"needs_response": "create", "under_review": "remind"}
        name = names.get(about.status, "resolve")
        return [_signed({"event": f"charge.dispute.{name}", "data": _dispute_document(about)})]

    def way_back(self, charge: SimulatedCharge) -> Mapping[str, str]:
        """The reference, twice."""
        return {"trxref": charge.reference, "reference": charge.reference}

    def ordered(self, request: SpokenRequest, order: OrderSaid, treatment: Treatment) -> SpokenAnswer:
        """A page, or how the card was charged."""
        said = said_in(request.body)
        if not text(said, "email"):
            return self.refuse(400, "Email is required", "invalid_params")
        if order.reference in self.books.charges:
            return self.refuse(400, "Duplicate Transaction Reference", "duplicate_reference")
        charge = SimulatedCharge(
            provider=self.name,
            number=self.books.next_number(),
            reference=order.reference,
            amount=order.amount,
            return_url=text(said, "callback_url"),
            payer=text(said, "email"),
            method=text(said, "authorization_code"),
        )
        self.take(charge, treatment)
        page = {"authorization_url": self.page_of(charge), "reference": charge.reference}
        if not charge.method:
            access = {"access_code": f"access_{charge.number}"}
            return _said("Authorization URL created", {**page, **access})
        if charge.status == "open":
            return _said(
                "Please, redirect your customer to the authorization url provided",
                {**page, "paused": True},
            )
        return _said("Charge attempted", _charge_document(charge))

    def payout_in(self, request: SpokenRequest) -> OrderSaid | None:
        """A transfer."""
        if request.path != "/transfer" or request.method != "POST":
            return None
        said = said_in(request.body)
        amount = minor(text(said, "amount"), text(said, "currency") or "NGN")
        return None if amount is None else OrderSaid(text(said, "reference"), amount)

    def paid_out(self, request: SpokenRequest, order: OrderSaid) -> SpokenAnswer:
        """A transfer that is under way."""
        if order.reference in self.books.payouts:
            return self.refuse(400, "Please provide a unique reference", "duplicate_reference")
        payee = self.books.payees.get(text(said_in(request.body), "recipient"))
        if payee is None:
            return self.refuse(400, "Recipient specified is invalid", "invalid_params")
        return _said("Transfer has been queued", _payout_document(self.pay_out(order, payee)))

    def payout_message(self, about: SimulatedPayout) -> SimulatedMessage | None:
        """It tells how a transfer ended."""
        if about.status == "open":
            return None
        name = ".".join(("transfer", _PAYOUT_STATUSES[about.status]))
        return _signed({"event": name, "data": _payout_document(about)})

    def _payee(self, request: SpokenRequest, _name: str) -> SpokenAnswer:
        said = said_in(request.body)
        if not text(said, "account_number") or not text(said, "bank_code"):
            return self.refuse(400, "Account number and bank code are required", "invalid_params")
        code = f"RCP_{self.books.next_number()}"
        self.books.payees[code] = SimulatedPayee(
            text(said, "bank_code"), text(said, "account_number"), text(said, "name")
        )
        return json_answer(
            201, {"status": True, "message": "Transfer recipient created", "data": {"recipient_code": code}}
        )

    def _payout(self, _request: SpokenRequest, reference: str) -> SpokenAnswer:
        payout = self.books.payouts.get(reference)
        if payout is None:
            return self.refuse(404, "Transfer not found", "transfer_not_found")
        return _said("Transfer retrieved", _payout_document(payout))

    def _verified(self, _request: SpokenRequest, reference: str) -> SpokenAnswer:
        charge = self.books.charges.get(reference)
        if charge is None:
            return self.refuse(400, "Transaction reference not found.", "transaction_not_found")
        return _said("Verification successful", _charge_document(charge))

    def _refunds(self, _request: SpokenRequest, _name: str) -> SpokenAnswer:
        listed = [_refund_document(each) for each in reversed(self.books.refunds[-_LISTED:])]
        return json_answer(200, {"status": True, "message": "Refunds retrieved", "data": listed})

    def _refund(self, _request: SpokenRequest, number: str) -> SpokenAnswer:
        refund = self.books.find_refund(number)
        if refund is None:
            return self.refuse(404, "Refund not found", "not_found")
        return _said("Refund retrieved", _refund_document(refund))

    def _dispute(self, _request: SpokenRequest, number: str) -> SpokenAnswer:
        dispute = self.books.find_dispute(number)
        if dispute is None:
            return self.refuse(404, "Dispute not found", "not_found")
        return _said("Dispute retrieved", _dispute_document(dispute))

    def _balance(self, _request: SpokenRequest, _name: str) -> SpokenAnswer:
        balances = [{"currency": "NGN", "balance": self.books.net("NGN").minor}]
        return json_answer(200, {"status": True, "message": "Balances retrieved", "data": balances})

    def _refunded(self, request: SpokenRequest, _name: str) -> SpokenAnswer:
        said = said_in(request.body)
        charge = self.books.find(text(said, "transaction"))
        if charge is None:
            return self.refuse(404, "Transaction not found", "transaction_not_found")
        amount = minor(text(said, "amount"), charge.amount.currency.code)
        refund = self.give_back(
            charge, amount, reference=text(said, "merchant_note"), reason=text(said, "customer_note")
        )
        if refund is None:
            return self.refuse(400, "Refund amount cannot be more than what is left", "invalid_params")
        return _said("Refund has been queued for processing", _refund_document(refund))


def _charge_document(charge: SimulatedCharge) -> Mapping[str, object]:
    return {
        "id": charge.number,
        "domain": "test",
        "status": _STATUSES[charge.status],
        "reference": charge.reference,
        "amount": charge.amount.minor,
        "currency": charge.amount.currency.code,
        "gateway_response": "Declined" if charge.status == "declined" else "Successful",
        "channel": "card",
        "fees": charge.fee.minor if charge.status == "paid" else None,
        "customer": {"email": charge.payer},
    }


def _refund_document(refund: SimulatedRefund) -> Mapping[str, object]:
    return {
        "id": refund.number,
        "domain": "test",
        "status": _REFUND_STATUSES[refund.status],
        "transaction": {"id": refund.charge.number, "reference": refund.charge.reference},
        "amount": refund.amount.minor,
        "currency": refund.amount.currency.code,
        "customer_note": refund.reason,
        "merchant_note": refund.reference,
    }


def _dispute_document(dispute: SimulatedDispute) -> Mapping[str, object]:
    return {
        "id": dispute.number,
        "refund_amount": dispute.amount.minor,
        "currency": dispute.amount.currency.code,
        "status": _DISPUTE_STATUSES.get(dispute.status, "resolved"),
        "resolution": _RESOLUTIONS.get(dispute.status),
        "domain": "test",
        "transaction": _charge_document(dispute.charge),
        "category": "chargeback",
        "dueAt": f"{datetime.fromtimestamp(dispute.due_by, UTC):%Y-%m-%dT%H:%M:%S}.000Z",
    }


def _payout_document(payout: SimulatedPayout) -> Mapping[str, object]:
    return {
        "id": payout.number,
        "domain": "test",
        "status": _PAYOUT_STATUSES[payout.status],
        "reference": payout.reference,
        "transfer_code": f"TRF_{payout.number}",
        "amount": payout.amount.minor,
        "currency": payout.amount.currency.code,
        "recipient": {
            "name": payout.payee.name,
            "details": {"account_number": payout.payee.account_number, "bank_code": payout.payee.bank_code},
        },
    }


def _said(message: str, data: Mapping[str, object]) -> SpokenAnswer:
    return json_answer(200, {"status": True, "message": message, "data": data})


def _signed(document: Mapping[str, object]) -> SimulatedMessage:
    body = json_bytes(document)
    signature = digest(_SECRET_KEY.encode(), body, sha512).hex()
    return SimulatedMessage(body, {"Content-Type": "application/json", "x-paystack-signature": signature})
