"""Khalti as its customers see it: https://docs.khalti.com/khalti-epayment."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from bankcore.testing.provider_simulator.books import SimulatedCharge, SimulatedRefund
from bankcore.testing.provider_simulator.documents import json_answer, minor, said_in, text
from bankcore.testing.provider_simulator.http_server import SpokenAnswer, SpokenRequest
from bankcore.testing.provider_simulator.speaking import OrderSaid, Route, SimulatedMessage, SpokenProvider, Treatment

_SECRET_KEY: Final = "simulated-key"  # noqa: S105 - it opens nothing
_PAISA_MIN: Final = 1000
_STATUSES: Final = {"open": "Initiated", "paid": "Completed", "declined": "User canceled"}


class SimulatedKhalti(SpokenProvider):
    """Pages; each order opens one, also with a reference that was used. It tells nothing by itself."""

    name: ClassVar[str] = "khalti"
    credentials: ClassVar[Mapping[str, str]] = {"secret_key": _SECRET_KEY}

    def is_customer(self, request: SpokenRequest) -> bool:
        """By the secret key."""
        return request.headers.get("authorization") == f"Key {_SECRET_KEY}"

    def order_in(self, request: SpokenRequest) -> OrderSaid | None:
        """A page for a payer."""
        if request.method != "POST" or request.path != "/v2/epayment/initiate/":
            return None
        said = said_in(request.body)
        amount = minor(text(said, "amount"), "NPR")
        return None if amount is None else OrderSaid(text(said, "purchase_order_id"), amount)

    def ordered(self, request: SpokenRequest, order: OrderSaid, treatment: Treatment) -> SpokenAnswer:
        """A page and its name; of a field that is wrong it says so by the name of the field."""
        if order.amount.minor < _PAISA_MIN:
            wrong = [f"It has to be {_PAISA_MIN} paisa at least."]
            return json_answer(400, {"amount": wrong, "error_key": "validation_error"})
        said = said_in(request.body)
        own = self.books.next_number()
        known = order.reference in self.books.charges
        charge = SimulatedCharge(
            provider=self.name,
            number=own,
            reference=f"{order.reference}-{own}" if known else order.reference,
            amount=order.amount,
            return_url=text(said, "return_url"),
            payer=text(said, "customer_info", "email"),
        )
        self.take(charge, treatment)
        return json_answer(200, {"pidx": f"pidx{own}", "payment_url": self.page_of(charge), "expires_in": 1800})

    def routes(self) -> Sequence[Route]:
        """What the bank asks, and no more."""
        return [
            ("POST", "/v2/epayment/lookup/", self._looked_up),
            ("POST", "/merchant-transaction/*/refund/", self._refunded),
        ]

    def refuse(self, status: int, message: str, code: str) -> SpokenAnswer:
        """With a detail."""
        return json_answer(status, {"detail": message, "error_key": code})

    def message(self, about: SimulatedCharge | SimulatedRefund) -> SimulatedMessage | None:  # noqa: ARG002 - as all are asked
        """Nothing."""
        return None

    def way_back(self, charge: SimulatedCharge) -> Mapping[str, str]:
        """How it went, unsigned."""
        return {
            "pidx": f"pidx{charge.number}",
            "status": _STATUSES[charge.status],
            "transaction_id": f"tx{charge.number}" if charge.status == "paid" else "",
            "total_amount": str(charge.amount.minor),
            "purchase_order_id": charge.reference,
        }

    def _looked_up(self, request: SpokenRequest, _name: str) -> SpokenAnswer:
        charge = self.books.find(text(said_in(request.body), "pidx").removeprefix("pidx"))
        if charge is None:
            return self.refuse(404, "Not found.", "validation_error")
        refunded = self.books.refunded(charge)
        status = _STATUSES[charge.status]
        if refunded:
            status = "Refunded" if refunded == charge.amount else "Partially Refunded"
        document = {
            "pidx": f"pidx{charge.number}",
            "total_amount": charge.amount.minor,
            "status": status,
            "transaction_id": f"tx{charge.number}" if charge.status == "paid" else None,
            "fee": charge.fee.minor,
            "refunded": bool(refunded),
        }
        return json_answer(400 if charge.status == "declined" else 200, document)

    def _refunded(self, request: SpokenRequest, own: str) -> SpokenAnswer:
        charge = self.books.find(own.removeprefix("tx"))
        amount = minor(text(said_in(request.body), "amount"), "NPR")
        refund = None if charge is None else self.give_back(charge, amount, reference="", reason="")
        if refund is None:
            return self.refuse(400, "Refund request can not be completed.", "validation_error")
        refund.status = "done"
        return json_answer(200, {"detail": "Transaction refund successful."})
