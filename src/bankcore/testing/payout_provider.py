"""Payouts of the payment provider in memory: it keeps books of them, and says what it is told to say."""

from collections import deque
from dataclasses import replace

from bankcore.providers.answers import Unknown
from bankcore.providers.payouts import (
    PayoutAccepted,
    PayoutAnswer,
    PayoutLookup,
    PayoutOrder,
    PayoutProvider,
    PayoutStanding,
    PayoutState,
)
from bankcore.providers.states import ProviderMode


class InMemoryPayoutProvider(PayoutProvider):
    """Pays every order at once, unless `answer_payout` said otherwise; `payouts` are its books, `orders` what came."""

    def __init__(self) -> None:
        self._payout_answers: deque[tuple[PayoutAnswer, bool]] = deque()
        self.payouts: dict[str, PayoutState] = {}
        self.payout_orders: list[PayoutOrder] = []
        self.silence: Unknown | None = None
        """What it says when it is asked how something stands, in place of the truth."""
        self.payouts_asked = 0
        """How often it was asked how one stands."""

    def answer_payout(self, answer: PayoutAnswer, *, happened: bool | None = None) -> None:
        """Answer the next order that is not answered yet so. After `Unknown`, `happened` says what is in its books."""
        self._payout_answers.append((answer, isinstance(answer, PayoutAccepted) if happened is None else happened))

    def settle_payout(self, reference: str, status: PayoutStanding) -> None:
        """Change how a payout stands."""
        self.payouts[reference] = replace(self.payouts[reference], status=status)

    def create_payout(self, order: PayoutOrder) -> PayoutAnswer:
        """What it was told to say, or that all went well."""
        self.payout_orders.append(order)
        paid = PayoutAccepted(provider_id=f"po-{order.reference}", status=PayoutStanding.SUCCEEDED)
        answer, happened = self._payout_answers.popleft() if self._payout_answers else (paid, True)
        if happened:
            self.payouts[order.reference] = PayoutState(
                status=answer.status if isinstance(answer, PayoutAccepted) else PayoutStanding.SUCCEEDED,
                reference=order.reference,
                provider_id=f"po-{order.reference}",
                amount=order.amount,
                mode=ProviderMode.TEST,
            )
        return answer

    def get_payout_status(self, lookup: PayoutLookup) -> PayoutState | Unknown:
        """As its books say."""
        self.payouts_asked += 1
        unheard = PayoutState(status=PayoutStanding.NOT_FOUND, reference=None, provider_id=None, amount=None)
        return self.silence or self.payouts.get(lookup.reference, unheard)
