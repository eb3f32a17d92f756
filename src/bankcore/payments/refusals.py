"""Refusals of payments."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from bankcore.errors import RejectedError, UnavailableError
from bankcore.money import Money
from bankcore.payments.captures import CaptureMethod
from bankcore.payments.circuit import OPEN_FOR


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class NoProviderError(RejectedError):
    """None of our accounts at providers takes such a payment."""

    code: ClassVar[str] = "no_provider"
    title: ClassVar[str] = "No provider takes this payment"
    currency: str
    provider: str | None = None
    capture_method: str = CaptureMethod.AUTOMATIC.value
    """That which was asked for: `manual` is not for every provider."""


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class ProvidersUnavailableError(UnavailableError):
    """All of our accounts at providers that take such a payment fail again and again, and are left alone for now."""

    code: ClassVar[str] = "providers_unavailable"
    title: ClassVar[str] = "No provider that takes this payment works at the moment"
    retry_after_s: ClassVar[int] = OPEN_FOR // timedelta(seconds=1)


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class CaptureExceedsPaymentError(RejectedError):
    """No more is taken than the payer agreed to."""

    code: ClassVar[str] = "capture_exceeds_payment"
    title: ClassVar[str] = "That is more than was authorized"
    authorized: Money
    wanted: Money


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class CaptureFailedError(RejectedError):
    """The provider certainly took nothing, for which `failure_code` is its word; it may be captured again."""

    code: ClassVar[str] = "capture_failed"
    title: ClassVar[str] = "The provider took nothing; capture the payment again with a new key"
    failure_code: str | None = None
