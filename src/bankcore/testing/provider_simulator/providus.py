"""Providus as its customers see it: https://developer.providusbank.com."""

from collections.abc import Mapping, Sequence
from hashlib import sha512
from typing import ClassVar, Final

from bankcore.money import Money
from bankcore.testing.provider_simulator.books import SimulatedCharge, SimulatedRefund
from bankcore.testing.provider_simulator.documents import json_answer, json_bytes, number, said_in, text
from bankcore.testing.provider_simulator.http_server import SpokenAnswer, SpokenRequest
from bankcore.testing.provider_simulator.speaking import OrderSaid, Route, SimulatedMessage, SpokenProvider, Treatment

_CLIENT_ID: Final = "simulated-client"
_CLIENT_SECRET: Final = "simulated-secret"  # noqa: S105 - it opens nothing
_SIGNATURE: Final = sha512(f"{_CLIENT_ID}:{_CLIENT_SECRET}".encode()).hexdigest().upper()


class SimulatedProvidus(SpokenProvider):
    """An account for each order. How much comes to it is the payer's choice, and is not ordered."""

    name: ClassVar[str] = "providus"
    credentials: ClassVar[Mapping[str, str]] = {"client_id": _CLIENT_ID, "client_secret": _CLIENT_SECRET}

    def is_customer(self, request: SpokenRequest) -> bool:
        """By a hash of both credentials."""
        headers = request.headers
        return headers.get("client-id") == _CLIENT_ID and headers.get("x-auth-signature", "").upper() == _SIGNATURE

    def order_in(self, request: SpokenRequest) -> OrderSaid | None:
        """An account, whose name is all that is said of it."""
        if request.method != "POST" or request.path != "/PiPCreateDynamicAccountNumber":
            return None
        name = text(said_in(request.body), "account_name")
        return OrderSaid(name, Money.zero("NGN")) if name else None

    def ordered(self, request: SpokenRequest, order: OrderSaid, treatment: Treatment) -> SpokenAnswer:  # noqa: ARG002 - as all are asked
        """The account."""
        own = self.books.next_number()
        charge = SimulatedCharge(
            provider=self.name, number=own, reference=order.reference, amount=order.amount, return_url=""
        )
        self.take(charge, treatment)
        document = {
            "account_number": str(own),
            "account_name": f"SIMULATED({order.reference})",
            "bvn": "",
            "requestSuccessful": True,
            "responseMessage": "Operation Successful",
            "responseCode": "00",
            "initiationTranRef": "",
        }
        return json_answer(200, document)

    def routes(self) -> Sequence[Route]:
        """What the bank asks, and no more."""
        return [("GET", "/PiPverifyTransaction_settlementid", self._verified)]

    def refuse(self, status: int, message: str, code: str) -> SpokenAnswer:
        """With a response message."""
        return json_answer(status, {"requestSuccessful": False, "responseMessage": message, "responseCode": code})

    def message(self, about: SimulatedCharge | SimulatedRefund) -> SimulatedMessage | None:
        """It tells of money that came; the hash goes with it."""
        if isinstance(about, SimulatedRefund) or about.status != "paid":
            return None
        headers = {"Content-Type": "application/json", "X-Auth-Signature": _SIGNATURE}
        return SimulatedMessage(json_bytes(_document(about)), headers)

    def way_back(self, charge: SimulatedCharge) -> Mapping[str, str]:  # noqa: ARG002 - as all are asked
        """Nobody comes back from a bank transfer."""
        return {}

    def _verified(self, request: SpokenRequest, _name: str) -> SpokenAnswer:
        charge = self.books.find(request.query.get("settlement_id", "").removeprefix("settlement"))
        if charge is None or charge.status != "paid":
            return json_answer(400, {"settlementId": "", "accountNumber": "", "tranRemarks": "Transaction not found"})
        return json_answer(200, _document(charge))


def _document(charge: SimulatedCharge) -> Mapping[str, object]:
    return {
        "sessionId": f"session{charge.number}",
        "accountNumber": str(charge.number),
        "tranRemarks": f"FROM A PAYER TO {charge.reference}",
        "transactionAmount": number(charge.amount),
        "settledAmount": number(charge.amount - charge.fee),
        "feeAmount": number(charge.fee),
        "vatAmount": "0",
        "currency": "NGN",
        "settlementId": f"settlement{charge.number}",
        "sourceBankName": "A BANK",
    }
