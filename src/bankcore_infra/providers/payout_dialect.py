"""How payouts of one provider are spoken: requests and answers, and no network."""

from abc import abstractmethod
from typing import Protocol

from bankcore.providers.answers import NotExecuted, Unknown
from bankcore.providers.payouts import PayoutAnswer, PayoutLookup, PayoutOrder, PayoutState
from bankcore_infra.providers.wire import WireAnswer, WireRequest


class PayoutDialect(Protocol):
    """The wire format of the payouts of one provider, for one account of ours."""

    @abstractmethod
    def payee_request(self, order: PayoutOrder) -> WireRequest | None:
        """The request that makes the payee known, for a provider that wants it first. Nothing moves by it."""

    @abstractmethod
    def payee_named(self, answer: WireAnswer) -> str | NotExecuted:
        """The provider's name of the payee; without it nothing is ordered."""

    @abstractmethod
    def payout_request(self, order: PayoutOrder, payee_name: str) -> WireRequest:
        """The request for a payout; the name is empty where no payee has to be known."""

    @abstractmethod
    def payout_answer(self, order: PayoutOrder, answer: WireAnswer) -> PayoutAnswer:
        """What the provider said to it."""

    @abstractmethod
    def payout_lookup(self, lookup: PayoutLookup) -> WireRequest | None:
        """The request for how a payout stands; None if what is needed for it is not known."""

    @abstractmethod
    def payout_state(self, lookup: PayoutLookup, answer: WireAnswer) -> PayoutState | Unknown:
        """How it stands."""
