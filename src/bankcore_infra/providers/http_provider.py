"""A provider over HTTP: what a dialect builds is sent once, and what comes back is read by the rule for all of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from time import monotonic
from typing import Final

from typing_extensions import override

from bankcore.clock import Clock
from bankcore.providers.answers import (
    NOT_SENT,
    TOO_MANY_REQUESTS,
    ChargeAccepted,
    ChargeAnswer,
    Declined,
    NotExecuted,
    RefundAnswer,
    Unknown,
)
from bankcore.providers.disputes import DisputeState
from bankcore.providers.facts import ProviderFacts
from bankcore.providers.orders import CaptureOrder, ChargeLookup, ChargeOrder, RefundLookup, RefundOrder
from bankcore.providers.payouts import PayoutAnswer, PayoutLookup, PayoutOrder, PayoutState
from bankcore.providers.ports import PaymentProvider, ProviderHealth
from bankcore.providers.states import ChargeState, RefundState
from bankcore.providers.webhook_events import WebhookEvent
from bankcore_infra.providers.dialect import Dialect
from bankcore_infra.providers.payout_dialect import PayoutDialect
from bankcore_infra.providers.transport import Transport
from bankcore_infra.providers.watching import OrderWatchers
from bankcore_infra.providers.wire import NoAnswer, NotSent, Reply, WireAnswer, WireRequest

WEBHOOK_BYTES_MAX: Final = 262_144
_TOO_MANY: Final = NotExecuted(TOO_MANY_REQUESTS, "The provider takes no more requests now.")
_NO_CAPTURES: Final = NotExecuted("captures_not_supported", "The provider takes everything at once.")
_REFUSED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_KINDS: Final[Mapping[type[ChargeAnswer], str]] = {
    ChargeAccepted: "accepted",
    Declined: "declined",
    NotExecuted: "not_executed",
    Unknown: "unknown",
}


def _no_headers(_order: ChargeOrder | PayoutOrder) -> Mapping[str, str]:
    return {}


class HttpProvider(PaymentProvider):
    """One account of ours at one provider, spoken to in its dialect."""

    def __init__(
        self,
        dialect: Dialect,
        transport: Transport,
        clock: Clock,
        watchers: OrderWatchers | None = None,
        *,
        headers_of: Callable[[ChargeOrder | PayoutOrder], Mapping[str, str]] = _no_headers,
    ) -> None:
        """`headers_of` gives what an order says besides, where a simulator stands in for the provider."""
        self._dialect = dialect
        self._transport = transport
        self._clock = clock
        self._watchers = watchers or OrderWatchers()
        self._headers_of = headers_of

    @property
    @override
    def facts(self) -> ProviderFacts:
        return self._dialect.facts

    @override
    def create_payment(self, order: ChargeOrder) -> ChargeAnswer:
        if order.amount.currency.code not in self.facts.currencies:
            return NotExecuted("currency_not_supported", f"{self.facts.title} takes no {order.amount.currency}.")
        request = self._dialect.charge_request(order)
        if not isinstance(request, WireRequest):
            return request
        begun_s = monotonic()
        reply = self._ordered(self._for_simulators(request, order))
        answer = self._dialect.charge_answer(order, reply) if isinstance(reply, WireAnswer) else reply
        duration_s = monotonic() - begun_s
        self._watchers.tell(provider=self.facts.name, answer=_KINDS[type(answer)], duration_s=duration_s)
        return answer

    @override
    def get_payment_status(self, lookup: ChargeLookup) -> ChargeState | Unknown:
        answer = self._asked(self._dialect.charge_lookup(lookup))
        return self._dialect.charge_state(lookup, answer) if isinstance(answer, WireAnswer) else answer

    @override
    def capture_payment(self, order: CaptureOrder) -> ChargeAnswer:
        captures, transaction_id = self._dialect.captures, self._transaction_of(order.charge)
        if captures is None:
            return _NO_CAPTURES
        if isinstance(transaction_id, NotExecuted):
            return transaction_id
        answer = self._ordered(captures.capture_request(order, transaction_id))
        return captures.capture_answer(order, answer) if isinstance(answer, WireAnswer) else answer

    @override
    def void_payment(self, charge: ChargeLookup) -> ChargeAnswer:
        captures, transaction_id = self._dialect.captures, self._transaction_of(charge)
        if captures is None:
            return _NO_CAPTURES
        if isinstance(transaction_id, NotExecuted):
            return transaction_id
        answer = self._ordered(captures.void_request(transaction_id))
        return captures.void_answer(answer) if isinstance(answer, WireAnswer) else answer

    @override
    def refund_payment(self, order: RefundOrder) -> RefundAnswer:
        transaction_id = self._transaction_of(order.charge) if self._dialect.refunds_by_transaction else ""
        if isinstance(transaction_id, NotExecuted):
            return transaction_id
        request = self._dialect.refund_request(order, transaction_id)
        if isinstance(request, NotExecuted):
            return request
        answer = self._ordered(request)
        return self._dialect.refund_answer(order, answer) if isinstance(answer, WireAnswer) else answer

    @override
    def get_refund_status(self, lookup: RefundLookup) -> RefundState | Unknown:
        answer = self._asked(self._dialect.refund_lookup(lookup))
        return self._dialect.refund_state(lookup, answer) if isinstance(answer, WireAnswer) else answer

    @override
    def create_payout(self, order: PayoutOrder) -> PayoutAnswer:
        payouts = self._dialect.payouts
        if payouts is None or order.amount.currency.code not in self.facts.payout_currencies:
            reason = f"{self.facts.title} pays no {order.amount.currency} out."
            return NotExecuted("payouts_not_supported", reason)
        payee_name = self._payee_name(payouts, order)
        if isinstance(payee_name, NotExecuted):
            return payee_name
        answer = self._ordered(self._for_simulators(payouts.payout_request(order, payee_name), order))
        return payouts.payout_answer(order, answer) if isinstance(answer, WireAnswer) else answer

    @override
    def get_payout_status(self, lookup: PayoutLookup) -> PayoutState | Unknown:
        payouts = self._dialect.payouts
        if payouts is None:
            return Unknown("the provider makes no payouts")
        answer = self._asked(payouts.payout_lookup(lookup))
        return payouts.payout_state(lookup, answer) if isinstance(answer, WireAnswer) else answer

    @override
    def get_dispute_status(self, provider_id: str) -> DisputeState | Unknown:
        disputes = self._dialect.disputes
        if disputes is None:
            return Unknown("the provider tells of no disputes")
        answer = self._asked(disputes.dispute_request(provider_id))
        return disputes.dispute_state(answer) if isinstance(answer, WireAnswer) else answer

    @override
    def verify_webhook_signature(self, body: bytes, headers: Mapping[str, str]) -> bool:
        if len(body) > WEBHOOK_BYTES_MAX:
            return False
        lowered = {name.lower(): value for name, value in headers.items()}
        return self._dialect.is_signed(body, lowered, self._clock.now())

    @override
    def parse_webhook_event(self, body: bytes) -> WebhookEvent | None:
        return self._dialect.event(body) if len(body) <= WEBHOOK_BYTES_MAX else None

    @override
    def webhook_reply(self, body: bytes, *, is_new: bool) -> Mapping[str, object]:
        return self._dialect.webhook_reply(body, is_new=is_new)

    @override
    def health_check(self) -> ProviderHealth:
        reply = self._transport.send(self._dialect.health_request())
        if not isinstance(reply, WireAnswer) or reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return ProviderHealth.DOWN
        return ProviderHealth.REFUSING if reply.status in _REFUSED else ProviderHealth.UP

    def _transaction_of(self, charge: ChargeLookup) -> str | NotExecuted:
        """The provider's name of the movement of a charge. Asking for it moves nothing."""
        state = self.get_payment_status(charge)
        if isinstance(state, Unknown):
            return NotExecuted("charge_not_read", f"The charge could not be looked up: {state.reason}")
        if state.transaction_id is None:
            return NotExecuted("charge_not_paid", "The provider knows of no money of that charge.")
        return state.transaction_id

    def _payee_name(self, payouts: PayoutDialect, order: PayoutOrder) -> str | NotExecuted:
        """The provider's name of the payee, empty where it wants none. Making a payee known moves nothing."""
        request = payouts.payee_request(order)
        if request is None:
            return ""
        answer = self._ordered(request)
        if isinstance(answer, Unknown):
            # As if nothing had been sent: it says of the provider what silence about an order does.
            return NotExecuted(NOT_SENT, f"The payee could not be made known: {answer.reason}")
        return payouts.payee_named(answer) if isinstance(answer, WireAnswer) else answer

    def _for_simulators(self, request: WireRequest, order: ChargeOrder | PayoutOrder) -> WireRequest:
        return replace(request, headers={**request.headers, **self._headers_of(order)})

    def _ordered(self, request: WireRequest) -> WireAnswer | NotExecuted | Unknown:
        """What came back for an order."""
        reply = self._transport.send(request)
        if isinstance(reply, NotSent):
            return NotExecuted(NOT_SENT, reply.reason)
        return _TOO_MANY if _is_too_many(reply) else _readable(reply)

    def _asked(self, request: WireRequest | None) -> WireAnswer | Unknown:
        """What came back for a question."""
        if request is None:
            return Unknown("the provider cannot be asked without its id")
        reply = self._transport.send(request)
        if isinstance(reply, NotSent) or _is_too_many(reply):
            return Unknown("the provider could not be asked")
        return _readable(reply)


def _is_too_many(reply: Reply) -> bool:
    return isinstance(reply, WireAnswer) and reply.status == HTTPStatus.TOO_MANY_REQUESTS


def _readable(reply: WireAnswer | NoAnswer) -> WireAnswer | Unknown:
    """An answer in which the provider itself speaks."""
    if isinstance(reply, NoAnswer):
        return Unknown(reply.reason)
    if HTTPStatus.MULTIPLE_CHOICES <= reply.status < HTTPStatus.BAD_REQUEST:
        return Unknown(f"the provider answered with a redirect ({reply.status})")
    if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unknown(f"the provider failed ({reply.status})")
    return reply
