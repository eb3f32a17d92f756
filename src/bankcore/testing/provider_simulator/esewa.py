"""eSewa as its customers see it, ePay version 2: https://developer.esewa.com.np/pages/Epay."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from hmac import digest
from typing import ClassVar, Final

from bankcore.testing.provider_simulator.books import SimulatedCharge, SimulatedRefund
from bankcore.testing.provider_simulator.documents import json_answer, json_bytes, major, number
from bankcore.testing.provider_simulator.http_server import SpokenAnswer, SpokenRequest
from bankcore.testing.provider_simulator.speaking import OrderSaid, Route, SimulatedMessage, SpokenProvider, Treatment

_SECRET_KEY: Final = "simulated-key"  # noqa: S105 - it opens nothing
_PRODUCT_CODE: Final = "EPAYTEST"
_FORM: Final = "/api/epay/main/v2/form"
_SIGNED: Final = "total_amount,transaction_uuid,product_code"
_STATUSES: Final = {"open": "PENDING", "paid": "COMPLETE", "declined": "CANCELED"}


class SimulatedEsewa(SpokenProvider):
    """A form, which the payer's browser sends, and a page. What the payer brings back is signed."""

    name: ClassVar[str] = "esewa"
    credentials: ClassVar[Mapping[str, str]] = {"secret_key": _SECRET_KEY, "product_code": _PRODUCT_CODE}

    def is_customer(self, request: SpokenRequest) -> bool:
        """A form is signed; how an order stands, anybody may ask who knows all of it."""
        form = request.form
        if request.path != _FORM:
            return True
        values = ",".join(f"{name}={form.get(name, '')}" for name in _SIGNED.split(","))
        return form.get("signed_field_names") == _SIGNED and form.get("signature") == _signature(values)

    def order_in(self, request: SpokenRequest) -> OrderSaid | None:
        """The form."""
        if request.method != "POST" or request.path != _FORM:
            return None
        amount = major(request.form.get("total_amount", ""), "NPR")
        return None if amount is None else OrderSaid(request.form.get("transaction_uuid", ""), amount)

    def ordered(self, request: SpokenRequest, order: OrderSaid, treatment: Treatment) -> SpokenAnswer:
        """The browser goes on to the page."""
        if order.reference in self.books.charges:
            return self.refuse(409, "Duplicate transaction UUID", "ES105")
        charge = SimulatedCharge(
            provider=self.name,
            number=self.books.next_number(),
            reference=order.reference,
            amount=order.amount,
            return_url=request.form.get("success_url", ""),
        )
        self.take(charge, treatment)
        return SpokenAnswer(302, headers={"Location": self.page_of(charge)})

    def routes(self) -> Sequence[Route]:
        """What the bank asks, and no more."""
        return [("GET", "/api/epay/transaction/status/", self._status)]

    def refuse(self, status: int, message: str, code: str) -> SpokenAnswer:
        """With an error message."""
        return json_answer(status, {"code": code, "error_message": message})

    def message(self, about: SimulatedCharge | SimulatedRefund) -> SimulatedMessage | None:  # noqa: ARG002 - as all are asked
        """Nothing: the payer brings it."""
        return None

    def way_back(self, charge: SimulatedCharge) -> Mapping[str, str]:
        """What was paid, signed; nothing of what was not."""
        if charge.status != "paid":
            return {}
        said = {
            "transaction_code": f"00{charge.number}",
            "status": "COMPLETE",
            "total_amount": number(charge.amount),
            "transaction_uuid": charge.reference,
            "product_code": _PRODUCT_CODE,
            "signed_field_names": f"transaction_code,status,{_SIGNED},signed_field_names",
        }
        told = {**said, "total_amount": charge.amount.to_decimal_string()}
        signature = _signature(",".join(f"{name}={value}" for name, value in told.items()))
        return {"data": b64encode(json_bytes({**said, "signature": signature})).decode("ascii")}

    def _status(self, request: SpokenRequest, _name: str) -> SpokenAnswer:
        reference, digits = request.query.get("transaction_uuid", ""), request.query.get("total_amount", "")
        charge = self.books.charges.get(reference)
        is_it = charge is not None and charge.amount == major(digits, "NPR")
        document = {
            "product_code": request.query.get("product_code", ""),
            "transaction_uuid": reference,
            "total_amount": number(charge.amount) if charge is not None and is_it else digits,
            "status": _STATUSES[charge.status] if charge is not None and is_it else "NOT_FOUND",
            "ref_id": f"00{charge.number}" if charge is not None and charge.status == "paid" else None,
        }
        return json_answer(200, document)


def _signature(message: str) -> str:
    return b64encode(digest(_SECRET_KEY.encode(), message.encode(), sha256)).decode("ascii")
