"""A payment provider in memory: it keeps books of its own, says what it is told to say, and signs its webhooks."""

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_of
from typing import Final

from bankcore.iso_4217 import ISO_4217
from bankcore.money import Money
from bankcore.providers.answers import (
    ChargeAccepted,
    ChargeAnswer,
    Declined,
    NotExecuted,
    RefundAccepted,
    RefundAnswer,
    Unknown,
)
from bankcore.providers.disputes import DisputeStanding
from bankcore.providers.facts import AmountUnit, PaymentFlow, ProviderFacts, WebhookProof
from bankcore.providers.orders import CaptureOrder, ChargeLookup, ChargeOrder, RefundLookup, RefundOrder
from bankcore.providers.payouts import PayoutStanding
from bankcore.providers.ports import PaymentProvider, ProviderHealth
from bankcore.providers.states import ChargeState, ChargeStatus, ProviderMode, RefundState, RefundStatus
from bankcore.providers.webhook_events import WebhookEvent
from bankcore.testing.dispute_provider import InMemoryDisputeProvider
from bankcore.testing.payout_provider import InMemoryPayoutProvider

IN_MEMORY_FACTS: Final = ProviderFacts(
    name="memory",
    title="In memory",
    currencies=frozenset(code for code, _exponent, _name in ISO_4217),
    amount_unit=AmountUnit.MINOR,
    flows=frozenset(PaymentFlow),
    webhook_proof=WebhookProof.BODY,
    has_idempotency=True,
    has_lookup_by_reference=True,
    has_refunds=True,
    has_refund_status=True,
    has_capture=True,
    payout_currencies=frozenset(code for code, _exponent, _name in ISO_4217),
    has_disputes=True,
    is_simulated=True,
)
SIGNATURE_HEADER: Final = "x-memory-signature"


class InMemoryProvider(InMemoryPayoutProvider, InMemoryDisputeProvider, PaymentProvider):
    """Takes every order at once, unless `answer_next` said otherwise; `charges` and `refunds` are its books."""

    def __init__(self, facts: ProviderFacts = IN_MEMORY_FACTS, *, secret: bytes = b"in-memory") -> None:
        InMemoryPayoutProvider.__init__(self)
        InMemoryDisputeProvider.__init__(self)
        self._facts = facts
        self._secret = secret
        self._answers: deque[tuple[ChargeAnswer | RefundAnswer, bool]] = deque()
        self.charges: dict[str, ChargeState] = {}
        self.refunds: dict[str, RefundState] = {}
        self.asked = 0
        """How often it was asked how something stands."""
        self.voids = 0
        """How often something authorized was to be released."""
        self.health = ProviderHealth.UP

    @property
    def facts(self) -> ProviderFacts:
        """As it was made."""
        return self._facts

    def become(self, facts: ProviderFacts) -> None:
        """Be a provider with these facts from now on."""
        self._facts = facts

    def answer_next(self, answer: ChargeAnswer | RefundAnswer, *, happened: bool | None = None) -> None:
        """Answer the next order that is not answered yet so. After `Unknown`, `happened` says what is in its books."""
        accepted = isinstance(answer, ChargeAccepted | RefundAccepted)
        self._answers.append((answer, accepted if happened is None else happened))

    def settle(self, reference: str, status: ChargeStatus, *, fee: Money | None = None) -> None:
        """Change how a charge stands."""
        self.charges[reference] = replace(self.charges[reference], status=status, fee=fee)

    def settle_refund(self, reference: str, status: RefundStatus) -> None:
        """Change how a refund stands."""
        self.refunds[reference] = replace(self.refunds[reference], status=status)

    def webhook_about(self, reference: str) -> tuple[bytes, Mapping[str, str]]:
        """The bytes and headers by which it tells how that charge, refund, payout or dispute stands."""
        books = (self.charges, self.refunds, self.payouts, self.disputes)
        state = next(kept[reference] for kept in books if reference in kept)
        body = json.dumps({"reference": reference, "status": state.status}).encode()
        return body, {SIGNATURE_HEADER: hmac_of(self._secret, body, sha256).hex()}

    def create_payment(self, order: ChargeOrder) -> ChargeAnswer:
        """What it was told to say, or that all went well."""
        if order.reference in self.charges:
            return _accepted(self.charges[order.reference])
        taken = ChargeStatus.AUTHORIZED if order.is_captured_later else ChargeStatus.SUCCEEDED
        answer, happened = self._next_of_charge(ChargeAccepted(provider_id=order.reference, status=taken))
        if happened:
            status = answer.status if isinstance(answer, ChargeAccepted) else taken
            self.charges[order.reference] = ChargeState(
                status=status,
                reference=order.reference,
                provider_id=order.reference,
                amount=order.amount,
                fee=answer.fee if isinstance(answer, ChargeAccepted) else None,
                mode=ProviderMode.TEST,
            )
        return answer

    def get_payment_status(self, lookup: ChargeLookup) -> ChargeState | Unknown:
        """As its books say."""
        self.asked += 1
        return self.silence or self.charges.get(
            lookup.transaction_id or lookup.reference,
            ChargeState(status=ChargeStatus.NOT_FOUND, reference=None, provider_id=None, amount=None),
        )

    def capture_payment(self, order: CaptureOrder) -> ChargeAnswer:
        """What it was told to say, or that all went well; nothing that is not authorized is taken."""
        charge = self.charges[order.charge.reference]
        if charge.status is not ChargeStatus.AUTHORIZED:
            return Unknown(f"the charge is {charge.status}")
        taken = ChargeAccepted(provider_id=order.reference, status=ChargeStatus.SUCCEEDED)
        answer, happened = self._next_of_charge(taken)
        if happened:
            fee = answer.fee if isinstance(answer, ChargeAccepted) else None
            captured = replace(charge, status=ChargeStatus.SUCCEEDED, amount=order.amount, fee=fee)
            self.charges[order.charge.reference] = captured
        return answer

    def void_payment(self, charge: ChargeLookup) -> ChargeAnswer:
        """That nothing is taken, if nothing was; while it says nothing of how charges stand, nothing of this either."""
        self.voids += 1
        if self.silence is not None:
            return self.silence
        if self.charges[charge.reference].status is ChargeStatus.SUCCEEDED:
            return NotExecuted("already_captured", "It was taken.")
        self.settle(charge.reference, ChargeStatus.DECLINED)
        return Declined(code="canceled", reason="It was released.")

    def refund_payment(self, order: RefundOrder) -> RefundAnswer:
        """What it was told to say, or that all went well."""
        if order.reference in self.refunds:
            return RefundAccepted(provider_id=order.reference, status=self.refunds[order.reference].status)
        answer, happened = self._next(RefundAccepted(provider_id=order.reference, status=RefundStatus.SUCCEEDED))
        if isinstance(answer, ChargeAccepted):
            raise TypeError("the next order was to be a charge")
        if happened:
            self.refunds[order.reference] = RefundState(
                status=answer.status if isinstance(answer, RefundAccepted) else RefundStatus.SUCCEEDED,
                reference=order.reference,
                provider_id=order.reference,
                charge_reference=order.charge.reference,
                amount=order.amount,
                mode=ProviderMode.TEST,
            )
        return answer

    def get_refund_status(self, lookup: RefundLookup) -> RefundState | Unknown:
        """As its books say."""
        self.asked += 1
        return self.silence or self.refunds.get(
            lookup.reference,
            RefundState(
                status=RefundStatus.NOT_FOUND, reference=None, provider_id=None, charge_reference=None, amount=None
            ),
        )

    def verify_webhook_signature(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether it signed them itself."""
        given = {name.lower(): value for name, value in headers.items()}.get(SIGNATURE_HEADER, "")
        return compare_digest(hmac_of(self._secret, body, sha256).hex().encode(), given.encode())

    def parse_webhook_event(self, body: bytes) -> WebhookEvent | None:
        """What it wrote."""
        try:
            said = json.loads(body)
            reference, status = str(said["reference"]), str(said["status"])
        except (ValueError, TypeError, KeyError):
            return None
        event_id = f"{reference}:{status}"
        if reference in self.refunds:
            refund = replace(self.refunds[reference], status=RefundStatus(status))
            return WebhookEvent(name="refund", event_id=event_id, state=refund)
        if reference in self.charges:
            charge = replace(self.charges[reference], status=ChargeStatus(status))
            return WebhookEvent(name="charge", event_id=event_id, state=charge)
        if reference in self.payouts:
            payout = replace(self.payouts[reference], status=PayoutStanding(status))
            return WebhookEvent(name="payout", event_id=event_id, state=payout)
        if reference in self.disputes:
            dispute = replace(self.disputes[reference], status=DisputeStanding(status))
            return WebhookEvent(name="dispute", event_id=event_id, state=dispute)
        return WebhookEvent(name="other", event_id=event_id, state=None)

    def webhook_reply(self, body: bytes, *, is_new: bool) -> Mapping[str, object]:  # noqa: ARG002 - it asks for no more
        """That it was taken."""
        return {"received": True, "new": is_new}

    def health_check(self) -> ProviderHealth:
        """As it was told."""
        return self.health

    def _next_of_charge(self, otherwise: ChargeAnswer) -> tuple[ChargeAnswer, bool]:
        answer, happened = self._next(otherwise)
        if isinstance(answer, RefundAccepted):
            raise TypeError("the next order was to be a refund")
        return answer, happened

    def _next(self, otherwise: ChargeAnswer | RefundAnswer) -> tuple[ChargeAnswer | RefundAnswer, bool]:
        return self._answers.popleft() if self._answers else (otherwise, True)


def _accepted(state: ChargeState) -> ChargeAccepted:
    return ChargeAccepted(provider_id=state.provider_id or "", status=state.status, fee=state.fee)
