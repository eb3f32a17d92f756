"""The books of the simulated providers: who paid what, and what was given back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from bankcore.money import Money
from bankcore.rounding import Rounding
from bankcore.testing.provider_simulator.payouts import SimulatedPayee, SimulatedPayout

FEE_PERCENT: Final = "1.5"
DISPUTE_FEES_MINOR: Final[Mapping[str, int]] = {"stripe": 1500}
"""What those keep for a dispute who take its money when it is opened; the others take it once it is lost."""


@dataclass(slots=True, kw_only=True)
class SimulatedCharge:
    """One order to take money: open, paid or declined and, if it is captured later, authorized or released."""

    provider: str
    number: int
    reference: str
    amount: Money
    return_url: str
    payer: str = ""
    method: str = ""
    status: str = "open"
    is_manual: bool = False
    """Whether it is captured later: a payer who agrees has not paid yet."""
    webhooks_to: str = ""
    """Where the one who ordered it wants to be told, if the provider was not told so for all orders."""
    fee: Money = field(init=False)
    ordered: Money = field(init=False)

    def __post_init__(self) -> None:
        """Reckon what the provider will keep."""
        self.ordered = self.amount
        self.pay_as(self.amount)

    def agree(self) -> None:
        """Let the payer have agreed."""
        self.status = "authorized" if self.is_manual else "paid"

    def pay_as(self, amount: Money) -> None:
        """Let it be that amount."""
        self.amount = amount
        self.fee = amount.percentage(FEE_PERCENT, rounding=Rounding.HALF_UP)


@dataclass(slots=True, kw_only=True)
class SimulatedRefund:
    """One order to give money back; `status` is pending, done or failed."""

    number: int
    reference: str
    charge: SimulatedCharge
    amount: Money
    reason: str = ""
    status: str = "pending"


@dataclass(slots=True, kw_only=True)
class SimulatedDispute:
    """A payer's bank that wants money back; `status` is needs_response, under_review, won or lost."""

    number: int
    charge: SimulatedCharge
    amount: Money
    reason: str = "fraudulent"
    status: str = "needs_response"
    due_by: int = 0
    """Until when it may be answered, in seconds since 1970."""

    @property
    def reference(self) -> str:
        """Nobody ordered it: it is known by its number."""
        return str(self.number)

    @property
    def fee(self) -> Money:
        """What the provider keeps for it, however it ends."""
        return Money(DISPUTE_FEES_MINOR.get(self.charge.provider, 0), self.amount.currency)

    @property
    def taken(self) -> Money:
        """What the provider took from what it owes, and has not given back."""
        is_taken = self.status == "lost" or (self.status != "won" and self.charge.provider in DISPUTE_FEES_MINOR)
        return self.amount + self.fee if is_taken else self.fee


class SimulatedBooks:
    """All of one provider. Orders are found by their reference, and by the number that the provider gave."""

    def __init__(self) -> None:
        self.charges: dict[str, SimulatedCharge] = {}
        self.refunds: list[SimulatedRefund] = []
        self.payees: dict[str, SimulatedPayee] = {}
        """Those who were made known, by the name that the provider gave."""
        self.payouts: dict[str, SimulatedPayout] = {}
        self.disputes: list[SimulatedDispute] = []
        self._by_number: dict[str, SimulatedCharge] = {}

    def add(self, charge: SimulatedCharge) -> None:
        """Write a charge down, or how one stands now."""
        self.charges[charge.reference] = charge
        self._by_number[str(charge.number)] = charge

    def newest(self, count: int) -> Sequence[SimulatedCharge]:
        """That many of the charges that were written down last."""
        return list(islice(reversed(self.charges.values()), count))

    def next_number(self) -> int:
        """A number that nothing here has."""
        kept = (self.charges, self.refunds, self.payees, self.payouts, self.disputes)
        return 1_000_001 + sum(len(each) for each in kept)

    def find(self, name: str) -> SimulatedCharge | None:
        """By reference or number."""
        return self.charges.get(name) or self._by_number.get(name)

    def find_refund(self, name: str) -> SimulatedRefund | None:
        """By number or reference."""
        return next((each for each in self.refunds if name in {str(each.number), each.reference}), None)

    def find_dispute(self, name: str) -> SimulatedDispute | None:
        """By number."""
        return next((each for each in self.disputes if name == each.reference), None)

    def refunded(self, charge: SimulatedCharge) -> Money:
        """What was given back of it, or will be."""
        given = (each.amount for each in self.refunds if each.charge is charge and each.status != "failed")
        return Money.sum(given, charge.amount.currency)

    def net(self, currency: str) -> Money:
        """What the provider owes to its customer: paid, less fees, less what was given back, disputed or paid out."""
        paid = [
            each for each in self.charges.values() if each.status == "paid" and each.amount.currency.code == currency
        ]
        kept = Money.sum((each.amount - each.fee for each in paid), currency)
        out = [each.amount for each in self.payouts.values() if each.status == "paid"]
        sent = Money.sum((amount for amount in out if amount.currency.code == currency), currency)
        disputed = Money.sum((each.taken for each in self.disputes if each.amount.currency.code == currency), currency)
        return kept - Money.sum((self.refunded(each) for each in paid), currency) - disputed - sent

    def document(self) -> Mapping[str, object]:
        """All of it, for those who compare it with books of their own."""
        charges = [
            {
                "reference": charge.reference,
                "amount": charge.amount.to_decimal_string(),
                "currency": charge.amount.currency.code,
                "fee": charge.fee.to_decimal_string(),
                "refunded": self.refunded(charge).to_decimal_string(),
                "status": charge.status,
            }
            for charge in self.charges.values()
        ]
        currencies = sorted({charge.amount.currency.code for charge in self.charges.values()})
        return {"charges": charges, "net": {code: self.net(code).to_decimal_string() for code in currencies}}
