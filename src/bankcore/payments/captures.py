"""Captures: an amount that the payer's bank keeps for us is taken when the merchant says so, once, whole or in part."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bankcore.money import Money


class CaptureMethod(StrEnum):
    """When the money of a payment is taken."""

    AUTOMATIC = "automatic"
    """As soon as the payer has agreed."""
    MANUAL = "manual"
    """When the merchant says so; until then the payer's bank keeps the amount."""


@dataclass(frozen=True, slots=True)
class PaymentCapture:
    """What was asked to be taken, and when; the rest is released to the payer."""

    amount: Money
    asked_at: datetime
