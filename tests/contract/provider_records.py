"""What providers publish of their interfaces, recorded by hand from the pages named, and what it means to the bank."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from typing_extensions import override

from bankcore import Money
from bankcore.providers.orders import CaptureOrder, ChargeLookup, ChargeOrder, Payer, RefundLookup, RefundOrder
from bankcore.providers.payouts import PayoutDestination, PayoutLookup, PayoutOrder
from bankcore.providers.ports import PaymentProvider
from bankcore.testing import FrozenClock
from bankcore_infra.providers.http_provider import HttpProvider
from bankcore_infra.providers.registry import PROVIDERS
from bankcore_infra.providers.transport import Transport
from bankcore_infra.providers.wire import FORM, Reply, WireAnswer, WireRequest

RECORDED: Final = Path(__file__).parent / "recorded"
NOW: Final = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
PAYER: Final = Payer(email="ada@example.com", name="Ada Example", phone="+2348012345678")
URL: Final = "https://provider.example"
ORDERS: Final = frozenset({"create_payment", "capture_payment", "void_payment", "refund_payment", "create_payout"})

Record = Mapping[str, Any]


def records(what: str) -> Iterator[tuple[str, Record]]:
    """All records of that file of each provider, with its name."""
    for path in sorted(RECORDED.glob(f"*/{what}.json")):
        for record in json.loads(path.read_text(encoding="utf-8")):
            yield path.parent.name, record


def credentials_of(name: str) -> Mapping[str, str]:
    """Those that the records of a provider were made with."""
    found: Mapping[str, str] = json.loads((RECORDED / name / "credentials.json").read_text(encoding="utf-8"))
    return found


class ScriptedTransport(Transport):
    """Keeps requests, and answers with what it was given, the last of it for ever."""

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies)
        self.sent: list[WireRequest] = []

    @override
    def send(self, request: WireRequest) -> Reply:
        self.sent.append(request)
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]


def provider_over(name: str, transport: Transport, *, credentials: Mapping[str, str] | None = None) -> PaymentProvider:
    dialect = PROVIDERS[name].speak(credentials or credentials_of(name), URL)
    return HttpProvider(dialect, transport, FrozenClock(NOW))


def answer_of(said: Record) -> WireAnswer:
    """The recorded answer: a document, or a text as it is."""
    body = said["body"]
    return WireAnswer(said["status"], body.encode() if isinstance(body, str) else json.dumps(body).encode())


def money(text: str) -> Money:
    amount, currency = text.split()
    return Money.of(amount, currency)


def charge_order(said: Record) -> ChargeOrder:
    return ChargeOrder(
        reference=said["reference"],
        amount=money(said["amount"]),
        payer=PAYER,
        description=said.get("description", "Order 17"),
        return_url="https://shop.example/back",
        webhook_url="https://bank.example/hooks/1",
        metadata=said.get("metadata", {}),
        method=said.get("method"),
        is_captured_later=said.get("is_captured_later", False),
    )


def charge_lookup(said: Record) -> ChargeLookup:
    return ChargeLookup(
        reference=said["reference"],
        amount=money(said["amount"]),
        provider_id=said.get("provider_id"),
        transaction_id=said.get("transaction_id"),
    )


def refund_order(said: Record) -> RefundOrder:
    charge = charge_lookup(said["charge"])
    return RefundOrder(reference=said["reference"], charge=charge, amount=money(said["amount"]), reason="Wrong size")


def payout_order(said: Record) -> PayoutOrder:
    to = PayoutDestination(bank_code="058", account_number="0001234567", payee="Jane Doe")
    return PayoutOrder(
        reference=said["reference"], amount=money(said["amount"]), destination=to, description="Invoice 17"
    )


def capture_order(said: Record) -> CaptureOrder:
    charge = charge_lookup(said["charge"])
    return CaptureOrder(reference=said["reference"], charge=charge, amount=money(said["amount"]))


def refund_lookup(said: Record) -> RefundLookup:
    charge = charge_lookup(said["charge"])
    return RefundLookup(reference=said["reference"], charge=charge, provider_id=said.get("provider_id"))


def payout_lookup(said: Record) -> PayoutLookup:
    return PayoutLookup(reference=said["reference"], amount=money(said["amount"]), provider_id=said.get("provider_id"))


_VERBS: Final[Mapping[str, Callable[[PaymentProvider, Record], object]]] = {
    "create_payment": lambda provider, said: provider.create_payment(charge_order(said)),
    "get_payment_status": lambda provider, said: provider.get_payment_status(charge_lookup(said)),
    "capture_payment": lambda provider, said: provider.capture_payment(capture_order(said)),
    "void_payment": lambda provider, said: provider.void_payment(charge_lookup(said)),
    "refund_payment": lambda provider, said: provider.refund_payment(refund_order(said)),
    "get_refund_status": lambda provider, said: provider.get_refund_status(refund_lookup(said)),
    "create_payout": lambda provider, said: provider.create_payout(payout_order(said)),
    "get_payout_status": lambda provider, said: provider.get_payout_status(payout_lookup(said)),
    "get_dispute_status": lambda provider, said: provider.get_dispute_status(said["provider_id"]),
}


def ask(provider: PaymentProvider, verb: str, said: Record) -> object:
    """Have the provider asked as the record says."""
    return _VERBS[verb](provider, said)


def plain(value: object) -> object:
    """As records write values: without what is None, with the name of the class."""
    if isinstance(value, Money):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if is_dataclass(value):
        said = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        told = {name: each for name, each in said.items() if each is not None and each is not False}
        return {"is": type(value).__name__, **told}
    return value


def plain_request(request: WireRequest) -> Record:
    """As records write requests: the body as a document, or as the fields of a form."""
    said: dict[str, Any] = {"method": request.method, "path": request.path, "headers": dict(request.headers)}
    if request.body is not None:
        is_form = request.headers.get("Content-Type") == FORM
        said["body"] = dict(parse_qsl(request.body.decode())) if is_form else json.loads(request.body)
    return said
