"""The port to a provider."""

from abc import abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from bankcore.providers.answers import ChargeAnswer, RefundAnswer, Unknown
from bankcore.providers.disputes import DisputeProvider
from bankcore.providers.facts import ProviderFacts
from bankcore.providers.orders import CaptureOrder, ChargeLookup, ChargeOrder, RefundLookup, RefundOrder
from bankcore.providers.payouts import PayoutProvider
from bankcore.providers.states import ChargeState, RefundState
from bankcore.providers.webhook_events import WebhookEvent


class ProviderHealth(StrEnum):
    """Whether a provider works for us now."""

    UP = "up"
    REFUSING = "refusing"
    """It answers, and does not take our credentials."""
    DOWN = "down"


class PaymentProvider(PayoutProvider, DisputeProvider, Protocol):
    """One account of ours at one provider. Calls wait for it, so none is made inside a unit of work.

    No call raises because of what a provider does: what it did is in the answer.
    """

    @property
    @abstractmethod
    def facts(self) -> ProviderFacts:
        """What this provider can do."""

    @abstractmethod
    def create_payment(self, order: ChargeOrder) -> ChargeAnswer:
        """Have money taken. It is sent at most once; to send an order again is the caller's decision."""

    @abstractmethod
    def get_payment_status(self, lookup: ChargeLookup) -> ChargeState | Unknown:
        """How a charge stands now. It changes nothing, and may be asked again."""

    @abstractmethod
    def capture_payment(self, order: CaptureOrder) -> ChargeAnswer:
        """Have what was authorized taken, in whole or in part; `ProviderFacts.has_capture`. It is sent at most once."""

    @abstractmethod
    def void_payment(self, charge: ChargeLookup) -> ChargeAnswer:
        """Have what was authorized released. It moves nothing, so it may be asked for again."""

    @abstractmethod
    def refund_payment(self, order: RefundOrder) -> RefundAnswer:
        """Have money given back, in whole or in part. It is sent at most once."""

    @abstractmethod
    def get_refund_status(self, lookup: RefundLookup) -> RefundState | Unknown:
        """How a refund stands now. It changes nothing, and may be asked again."""

    @abstractmethod
    def verify_webhook_signature(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether the provider signed these bytes, exactly as they came; names of headers in any case.

        It compares in constant time, and is never true for a provider that proves nothing. What a payer's browser
        brings back is verified in the same way: the body is then the query of the address.
        """

    @abstractmethod
    def parse_webhook_event(self, body: bytes) -> WebhookEvent | None:
        """What these bytes say, whoever wrote them; None if nobody can read them."""

    @abstractmethod
    def webhook_reply(self, body: bytes, *, is_new: bool) -> Mapping[str, object]:
        """The document by which it knows that we took these bytes, for the first time or again."""

    @abstractmethod
    def health_check(self) -> ProviderHealth:
        """Whether it answers us now, by a call that changes nothing."""
