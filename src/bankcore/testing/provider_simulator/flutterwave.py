"""Flutterwave as its customers see it, version 3: https://developer.flutterwave.com/v3.0."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from bankcore.money import Money
from bankcore.testing.provider_simulator.books import SimulatedCharge, SimulatedRefund
from bankcore.testing.provider_simulator.documents import json_answer, json_bytes, major, number, said_in, text
from bankcore.testing.provider_simulator.http_server import SpokenAnswer, SpokenRequest
from bankcore.testing.provider_simulator.payouts import SimulatedPayee, SimulatedPayout
from bankcore.testing.provider_simulator.speaking import OrderSaid, Route, SimulatedMessage, SpokenProvider, Treatment

_SECRET_KEY: Final = "FLWSECK_TEST-simulated"  # noqa: S105 - it opens nothing
_SECRET_HASH: Final = "simulated-hash"  # noqa: S105 - it opens nothing
_STATUSES: Final = {"paid": "successful", "declined": "failed"}
_PAYOUT_STATUSES: Final = {"open": "NEW", "paid": "SUCCESSFUL", "declined": "FAILED"}
# What it calls completed was begun.
_REFUND_STATUSES: Final = {"pending": "completed", "done": "completed-bank-transfer", "failed": "failed"}
_REFUND_MIN: Final = {"KES": Money.of(10, "KES"), "NGN": Money.of(100, "NGN")}


class SimulatedFlutterwave(SpokenProvider):
    """Pages; a charge is known when its payer has acted."""

    name: ClassVar[str] = "flutterwave"
    credentials: ClassVar[Mapping[str, str]] = {"secret_key": _SECRET_KEY, "secret_hash": _SECRET_HASH}

    def is_customer(self, request: SpokenRequest) -> bool:
        """By the secret key."""
        return request.headers.get("authorization") == f"Bearer {_SECRET_KEY}"

    def order_in(self, request: SpokenRequest) -> OrderSaid | None:
        """A page for a payer."""
        if request.method != "POST" or request.path != "/v3/payments":
            return None
        said = said_in(request.body)
        amount = major(text(said, "amount"), text(said, "currency"))
        return None if amount is None else OrderSaid(text(said, "tx_ref"), amount)

    def ordered(self, request: SpokenRequest, order: OrderSaid, treatment: Treatment) -> SpokenAnswer:
        """A link."""
        if order.reference in self.books.charges:
            return self.refuse(409, "Duplicate tx_ref", "duplicate")
        said = said_in(request.body)
        charge = self.take(
            SimulatedCharge(
                provider=self.name,
                number=self.books.next_number(),
                reference=order.reference,
                amount=order.amount,
                return_url=text(said, "redirect_url"),
                payer=text(said, "customer", "email"),
            ),
            treatment,
        )
        return _said("Hosted Link", {"link": self.page_of(charge)})

    def routes(self) -> Sequence[Route]:
        """What the bank asks, and no more."""
        return [
            ("GET", "/v3/transactions/verify_by_reference", self._verified),
            ("POST", "/v3/transactions/*/refund", self._refunded),
            ("GET", "/v3/refunds/*", self._refund),
            ("GET", "/v3/transfers", self._payouts),
            ("GET", "/v3/transfers/*", self._payout),
            ("GET", "/v3/balances", lambda _request, _name: _said("Wallet balances fetched", {})),
        ]

    def refuse(self, status: int, message: str, code: str) -> SpokenAnswer:
        """With a status that is an error."""
        return json_answer(status, {"status": "error", "message": message, "data": None, "code": code})

    def message(self, about: SimulatedCharge | SimulatedRefund) -> SimulatedMessage | None:
        """It tells of what a payer did; the secret itself goes with it."""
        if isinstance(about, SimulatedRefund) or about.status == "open":
            return None
        body = json_bytes({"event": "charge.completed", "data": _charge_document(about)})
        return SimulatedMessage(body, {"Content-Type": "application/json", "verif-hash": _SECRET_HASH})

    def way_back(self, charge: SimulatedCharge) -> Mapping[str, str]:
        """How it went."""
        status = {"paid": "successful", "declined": "cancelled", "open": "pending"}[charge.status]
        return {"status": status, "tx_ref": charge.reference, "transaction_id": str(charge.number)}

    def payout_in(self, request: SpokenRequest) -> OrderSaid | None:
        """A transfer."""
        if request.method != "POST" or request.path != "/v3/transfers":
            return None
        said = said_in(request.body)
        amount = major(text(said, "amount"), text(said, "currency"))
        return None if amount is None else OrderSaid(text(said, "reference"), amount)

    def paid_out(self, request: SpokenRequest, order: OrderSaid) -> SpokenAnswer:
        """A transfer that is under way."""
        if order.reference in self.books.payouts:
            return self.refuse(400, "A transfer with this reference already exists", "duplicate")
        said = said_in(request.body)
        bank, account = text(said, "account_bank"), text(said, "account_number")
        payout = self.pay_out(order, SimulatedPayee(bank, account, text(said, "beneficiary_name")))
        return _said("Transfer Queued Successfully", _payout_document(payout))

    def payout_message(self, about: SimulatedPayout) -> SimulatedMessage | None:
        """It tells how a transfer ended."""
        if about.status not in {"paid", "declined"}:
            return None
        body = json_bytes({"event": "transfer.completed", "data": _payout_document(about)})
        return SimulatedMessage(body, {"Content-Type": "application/json", "verif-hash": _SECRET_HASH})

    def _payouts(self, request: SpokenRequest, _name: str) -> SpokenAnswer:
        payout = self.books.payouts.get(request.query.get("reference", ""))
        found = [] if payout is None else [_payout_document(payout)]
        return json_answer(200, {"status": "success", "message": "Transfers fetched", "data": found})

    def _payout(self, _request: SpokenRequest, own: str) -> SpokenAnswer:
        found = next((each for each in self.books.payouts.values() if str(each.number) == own), None)
        if found is None:
            return self.refuse(404, "Transfer not found", "not_found")
        return _said("Transfer fetched", _payout_document(found))

    def _verified(self, request: SpokenRequest, _name: str) -> SpokenAnswer:
        charge = self.books.charges.get(request.query.get("tx_ref", ""))
        if charge is None or charge.status == "open":
            return self.refuse(400, "No transaction was found for this id", "not_found")
        return _said("Transaction fetched successfully", _charge_document(charge))

    def _refunded(self, request: SpokenRequest, own: str) -> SpokenAnswer:
        charge = self.books.find(own)
        if charge is None:
            return self.refuse(400, "Transaction not found", "not_found")
        said = said_in(request.body)
        amount = major(text(said, "amount"), charge.amount.currency.code)
        least = _REFUND_MIN.get(charge.amount.currency.code)
        if amount is not None and least is not None and amount < least:
            return self.refuse(400, f"A refund has to be {least} at least", "too_little")
        refund = self.give_back(charge, amount, reference="", reason=text(said, "comments"))
        if refund is None:
            return self.refuse(400, "Refund amount is more than what is left", "too_much")
        return _said("Transaction refund initiated", _refund_document(refund))

    def _refund(self, _request: SpokenRequest, own: str) -> SpokenAnswer:
        refund = self.books.find_refund(own)
        if refund is None:
            return self.refuse(404, "Refund not found", "not_found")
        return _said("Refund fetched", _refund_document(refund))


def _charge_document(charge: SimulatedCharge) -> Mapping[str, object]:
    return {
        "id": charge.number,
        "tx_ref": charge.reference,
        "flw_ref": f"FLW{charge.number}",
        "amount": number(charge.amount),
        "currency": charge.amount.currency.code,
        "charged_amount": number(charge.amount),
        "app_fee": number(charge.fee),
        "status": _STATUSES[charge.status],
        "customer": {"email": charge.payer},
    }


def _payout_document(payout: SimulatedPayout) -> Mapping[str, object]:
    return {
        "id": payout.number,
        "account_number": payout.payee.account_number,
        "bank_code": payout.payee.bank_code,
        "full_name": payout.payee.name,
        "reference": payout.reference,
        "amount": number(payout.amount),
        "currency": payout.amount.currency.code,
        "status": _PAYOUT_STATUSES.get(payout.status, "SUCCESSFUL"),
        "complete_message": "",
    }


def _refund_document(refund: SimulatedRefund) -> Mapping[str, object]:
    return {
        "id": refund.number,
        "tx_id": refund.charge.number,
        "amount_refunded": number(refund.amount),
        "status": _REFUND_STATUSES[refund.status],
        "comments": refund.reason,
    }


def _said(message: str, data: Mapping[str, object]) -> SpokenAnswer:
    return json_answer(200, {"status": "success", "message": message, "data": data})
