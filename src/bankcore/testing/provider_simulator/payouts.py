"""Payouts in the books of the simulated providers."""

from dataclasses import dataclass
from typing import NamedTuple

from bankcore.money import Money


class SimulatedPayee(NamedTuple):
    """An account outside, as a customer named it."""

    bank_code: str
    account_number: str
    name: str


@dataclass(slots=True, kw_only=True)
class SimulatedPayout:
    """One order to send money out; `status` is open, paid, declined or returned."""

    provider: str
    number: int
    reference: str
    amount: Money
    payee: SimulatedPayee
    status: str = "open"
    webhooks_to: str = ""
    """Where the one who ordered it wants to be told, if the provider was not told so for all orders."""
