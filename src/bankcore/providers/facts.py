"""What a provider can do: facts that whoever chooses one reads, so that nobody has to know any of them by name."""

from dataclasses import dataclass
from enum import StrEnum


class AmountUnit(StrEnum):
    """In what a provider counts money on the wire."""

    MINOR = "minor"
    MAJOR = "major"


class PaymentFlow(StrEnum):
    """How a payer pays."""

    REDIRECT = "redirect"
    """On a page of the provider, which sends the payer back."""
    BANK_TRANSFER = "bank_transfer"
    """To a bank account that was opened for this payment."""
    TOKEN = "token"  # noqa: S105 - a way to pay
    """With a card or wallet that the provider knows by a name of its own; `ChargeOrder.method` is that name."""


class WebhookProof(StrEnum):
    """What is proved by a webhook whose signature is right."""

    BODY = "body"
    """That the provider wrote each byte of it."""
    SENDER = "sender"
    """That the sender knows a secret. Its content proves nothing: the provider is asked."""
    NOTHING = "nothing"
    """The provider signs nothing: no webhook of it is believed, and the provider is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFacts:
    """One provider as it is."""

    name: str
    """By which it is registered: small letters."""
    title: str
    currencies: frozenset[str]
    amount_unit: AmountUnit
    flows: frozenset[PaymentFlow]
    webhook_proof: WebhookProof
    has_idempotency: bool
    """It answers one reference once: an order may be sent again when its outcome is unknown."""
    has_lookup_by_reference: bool
    """It finds a charge by our reference alone; others need the id that they gave."""
    has_refunds: bool
    has_refund_status: bool
    is_told_alone: bool = False
    """It tells by itself of money that came to an account of an order, and answers for a movement of money alone."""
    has_capture: bool = False
    """It can have an amount kept by the payer's bank, and take it, or less of it, or release it, when we say so."""
    payout_currencies: frozenset[str] = frozenset()
    """In which it sends our money to accounts outside; none if it sends none."""
    has_disputes: bool = False
    """It tells of disputes of payers, and answers for one by its own id."""
    is_simulated: bool = False
    """It has no public interface: what we speak is our own, and works with the simulator alone."""
