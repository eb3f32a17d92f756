"""A dialect: how one provider is spoken to. It builds requests and reads answers, and touches no network."""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol

from typing_extensions import override

from bankcore.providers.answers import ChargeAnswer, NotExecuted, RefundAnswer, Unknown
from bankcore.providers.facts import ProviderFacts
from bankcore.providers.orders import CaptureOrder, ChargeLookup, ChargeOrder, RefundLookup, RefundOrder
from bankcore.providers.states import ChargeState, RefundState
from bankcore.providers.webhook_events import WebhookEvent
from bankcore_infra.providers.dispute_dialect import DisputeDialect
from bankcore_infra.providers.payout_dialect import PayoutDialect
from bankcore_infra.providers.wire import WireAnswer, WireRequest


class Dialect(Protocol):
    """The wire format of one provider, for one account of ours.

    Answers reach it when they came whole and are neither a failure of the server nor a refusal to listen (429): what
    is left to it is what the provider said.
    """

    facts: ProviderFacts
    refunds_by_transaction: bool
    """A refund is asked for by `ChargeState.transaction_id`, so the charge is looked up first."""
    payouts: PayoutDialect | None = None
    """How it is spoken to about payouts, if it makes any."""
    disputes: DisputeDialect | None = None
    """How it is asked about disputes, if it tells of any."""
    captures: "CaptureDialect | None" = None
    """How it is spoken to about captures, if it knows any."""

    @abstractmethod
    def charge_request(self, order: ChargeOrder) -> WireRequest | ChargeAnswer:
        """The request for a charge, or the answer if none is needed for it."""

    @abstractmethod
    def charge_answer(self, order: ChargeOrder, answer: WireAnswer) -> ChargeAnswer:
        """What the provider said to it."""

    @abstractmethod
    def charge_lookup(self, lookup: ChargeLookup) -> WireRequest | None:
        """The request for how a charge stands; None if what is needed for it is not known."""

    @abstractmethod
    def charge_state(self, lookup: ChargeLookup, answer: WireAnswer) -> ChargeState | Unknown:
        """How it stands."""

    @abstractmethod
    def refund_request(self, order: RefundOrder, transaction_id: str) -> WireRequest | NotExecuted:
        """The request for a refund; the id is empty unless `refunds_by_transaction`."""

    @abstractmethod
    def refund_answer(self, order: RefundOrder, answer: WireAnswer) -> RefundAnswer:
        """What the provider said to it."""

    @abstractmethod
    def refund_lookup(self, lookup: RefundLookup) -> WireRequest | None:
        """The request for how a refund stands; None if what is needed for it is not known."""

    @abstractmethod
    def refund_state(self, lookup: RefundLookup, answer: WireAnswer) -> RefundState | Unknown:
        """How it stands."""

    @abstractmethod
    def is_signed(self, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
        """Whether the provider signed these bytes; names of headers are in lower case."""

    @abstractmethod
    def event(self, body: bytes) -> WebhookEvent | None:
        """What they say."""

    def webhook_reply(self, body: bytes, *, is_new: bool) -> Mapping[str, object]:  # noqa: ARG002 - most want no more than a status
        """The document by which it knows that these bytes were taken."""
        return {"received": True, "new": is_new}

    @abstractmethod
    def health_request(self) -> WireRequest:
        """A request that changes nothing, and is refused without the right credentials."""


class CaptureDialect(Protocol):
    """How a provider is told to take what was authorized, or to release it, by `ChargeState.transaction_id`."""

    @abstractmethod
    def capture_request(self, order: CaptureOrder, transaction_id: str) -> WireRequest:
        """The request for a capture."""

    @abstractmethod
    def capture_answer(self, order: CaptureOrder, answer: WireAnswer) -> ChargeAnswer:
        """What the provider said to it."""

    @abstractmethod
    def void_request(self, transaction_id: str) -> WireRequest:
        """The request to release it."""

    @abstractmethod
    def void_answer(self, answer: WireAnswer) -> ChargeAnswer:
        """What the provider said to it; `Declined` if nothing was taken and nothing will be."""


_NO_REFUNDS: Final = NotExecuted("refunds_not_supported", "The provider gives nothing back over its interface.")


class DialectWithoutRefunds(Dialect, Protocol):
    """For a provider whose interface knows no refunds: they are made by hand, where its customers log in."""

    refunds_by_transaction: bool = False

    @override
    def refund_request(self, order: RefundOrder, transaction_id: str) -> NotExecuted:
        return _NO_REFUNDS

    @override
    def refund_answer(self, order: RefundOrder, answer: WireAnswer) -> NotExecuted:
        return _NO_REFUNDS

    @override
    def refund_lookup(self, lookup: RefundLookup) -> None:
        return None

    @override
    def refund_state(self, lookup: RefundLookup, answer: WireAnswer) -> Unknown:
        return Unknown("the provider does not tell of refunds")
