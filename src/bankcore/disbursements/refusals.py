"""Refusals of disbursements, beside those of every capability."""

from dataclasses import dataclass
from typing import ClassVar

from bankcore.errors import RejectedError


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class NoPayoutProviderError(RejectedError):
    """None of our accounts at providers sends money out in that currency, or the named one does not."""

    code: ClassVar[str] = "no_payout_provider"
    title: ClassVar[str] = "No provider sends this out"
    currency: str
    provider: str | None = None
