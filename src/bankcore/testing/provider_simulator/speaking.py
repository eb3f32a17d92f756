"""What every simulated provider is: wire formats over books, and webhooks that are signed with its own key."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, NamedTuple
from urllib.parse import urlencode, urlsplit

from bankcore.money import Money
from bankcore.testing.provider_simulator.books import SimulatedBooks, SimulatedCharge, SimulatedDispute, SimulatedRefund
from bankcore.testing.provider_simulator.http_server import SpokenAnswer, SpokenRequest
from bankcore.testing.provider_simulator.payouts import SimulatedPayee, SimulatedPayout


class OrderSaid(NamedTuple):
    """What every order says, in whatever format: how it is treated depends on it."""

    reference: str
    amount: Money


class SimulatedMessage(NamedTuple):
    """One webhook."""

    body: bytes
    headers: Mapping[str, str]


class Treatment(NamedTuple):
    """What is decided about an order before the provider sees it."""

    declines: bool = False
    needs_payer: bool = False


Route = tuple[str, str, Callable[[SpokenRequest, str], SpokenAnswer]]
"""A method, a path whose `*` is a name, and what answers with the request and that name."""


class SpokenProvider(ABC):
    """One provider as its customers see it: its books, and how it is spoken to.

    It is written from what the provider publishes, and shares nothing with the code that it is there to try.
    """

    name: ClassVar[str]
    credentials: ClassVar[Mapping[str, str]]
    """What a customer of the simulator is given, by the names that the bank has for them."""

    def __init__(self, url: str, now: Callable[[], int]) -> None:
        self.books = SimulatedBooks()
        self.url = url
        """Where its interface is; the pages for payers are below `pages`."""
        self.now = now
        """Seconds since 1970."""
        self.changed: list[SimulatedCharge] = []
        """Charges that were captured or released, and are told of."""

    def answer(self, request: SpokenRequest, treatment: Treatment) -> SpokenAnswer:
        """What it says, after its books have it."""
        if not self.is_customer(request):
            return self.refuse(401, "Invalid key", "invalid_key")
        order = self.order_in(request)
        if order is not None:
            return self.ordered(request, order, treatment)
        payout = self.payout_in(request)
        if payout is not None:
            return self.paid_out(request, payout)
        for method, path, answer in self.routes():
            start, _star, end = path.partition("*")
            name = request.path.removeprefix(start).removesuffix(end)
            if method == request.method and "/" not in name and request.path == path.replace("*", name):
                return answer(request, name)
        return self.refuse(404, "There is nothing here", "invalid_request")

    @abstractmethod
    def is_customer(self, request: SpokenRequest) -> bool:
        """Whether it has the right credentials."""

    @abstractmethod
    def order_in(self, request: SpokenRequest) -> OrderSaid | None:
        """The order to take money, if the request is one."""

    @abstractmethod
    def ordered(self, request: SpokenRequest, order: OrderSaid, treatment: Treatment) -> SpokenAnswer:
        """The answer to an order to take money."""

    def payout_in(self, request: SpokenRequest) -> OrderSaid | None:  # noqa: ARG002 - most providers pay nothing out
        """The order to pay money out, if the request is one."""
        return None

    def paid_out(self, request: SpokenRequest, order: OrderSaid) -> SpokenAnswer:  # noqa: ARG002 - as above
        """The answer to an order to pay money out."""
        return self.refuse(404, "There are no payouts", "invalid_request")

    def payout_message(self, about: SimulatedPayout) -> SimulatedMessage | None:  # noqa: ARG002 - as above
        """The webhook by which it tells how that payout stands; None if it tells nothing of it."""
        return None

    def dispute_messages(self, about: SimulatedDispute) -> Sequence[SimulatedMessage]:  # noqa: ARG002 - as above
        """The webhooks by which it tells how that dispute stands; most providers here tell of none."""
        return ()

    @abstractmethod
    def routes(self) -> Sequence[Route]:
        """What else may be asked."""

    @abstractmethod
    def refuse(self, status: int, message: str, code: str) -> SpokenAnswer:
        """A refusal in its words."""

    @abstractmethod
    def message(self, about: SimulatedCharge | SimulatedRefund) -> SimulatedMessage | None:
        """The webhook by which it tells how that stands; None if it tells nothing of it."""

    @abstractmethod
    def way_back(self, charge: SimulatedCharge) -> Mapping[str, str]:
        """What it adds to the address at which the payer comes back."""

    def page_of(self, charge: SimulatedCharge) -> str:
        """Where the payer of a charge pays."""
        return f"{self.url}/pages/{charge.number}"

    def return_url(self, charge: SimulatedCharge) -> str:
        """Where the payer comes back, with what the provider adds."""
        joint = "&" if urlsplit(charge.return_url).query else "?"
        return f"{charge.return_url}{joint}{urlencode(self.way_back(charge))}"

    def take(self, charge: SimulatedCharge, treatment: Treatment) -> SimulatedCharge:
        """Write the charge down; a card that is named is charged at once, if it needs no payer."""
        if charge.method and not treatment.needs_payer:
            charge.agree()
            charge.status = "declined" if treatment.declines else charge.status
        self.books.add(charge)
        return charge

    def capture(self, charge: SimulatedCharge, amount: Money) -> bool:
        """Take that much of what the payer agreed to. Returns whether it could be taken."""
        if charge.status != "authorized" or not amount or amount > charge.ordered:
            return False
        charge.pay_as(amount)
        charge.status = "paid"
        self.changed.append(charge)
        return True

    def release(self, charge: SimulatedCharge) -> bool:
        """Take nothing of what the payer agreed to. Returns whether nothing is taken."""
        if charge.status == "authorized":
            charge.status = "released"
            self.changed.append(charge)
        return charge.status == "released"

    def pay_out(self, order: OrderSaid, payee: SimulatedPayee) -> SimulatedPayout:
        """Write a payout down, which is under way."""
        number = self.books.next_number()
        payout = SimulatedPayout(
            provider=self.name, number=number, reference=order.reference, amount=order.amount, payee=payee
        )
        self.books.payouts[order.reference] = payout
        return payout

    def give_back(
        self, charge: SimulatedCharge, amount: Money | None, *, reference: str, reason: str
    ) -> SimulatedRefund | None:
        """Write a refund down; None if there is not so much left of the charge."""
        left = charge.amount - self.books.refunded(charge)
        given = amount or left
        if charge.status != "paid" or given.currency != left.currency or given > left or not given:
            return None
        refund = SimulatedRefund(
            number=self.books.next_number(), reference=reference, charge=charge, amount=given, reason=reason
        )
        self.books.refunds.append(refund)
        return refund
