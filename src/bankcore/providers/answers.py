"""Answers: what became of a call to a provider. Whatever is not certain is `Unknown`, and only asking settles that."""

from dataclasses import dataclass
from typing import Final

from bankcore.money import Money
from bankcore.providers.states import ChargeStatus, RefundStatus

NOT_SENT: Final = "not_sent"
"""No connection was made."""
TOO_MANY_REQUESTS: Final = "too_many_requests"


@dataclass(frozen=True, slots=True)
class RedirectPayer:
    """The payer goes to this page: a checkout, a wallet, the bank's question whether it is really them."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferToAccount:
    """The payer sends the money to this bank account."""

    bank: str
    account_number: str
    account_name: str


@dataclass(frozen=True, slots=True)
class SubmitForm:
    """The payer's browser sends this form, which is signed: no field of it can be changed."""

    url: str
    fields: tuple[tuple[str, str], ...]


NextAction = RedirectPayer | TransferToAccount | SubmitForm
"""What the payer has to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeAccepted:
    """The provider took the order: it stands as `status` says."""

    provider_id: str
    status: ChargeStatus
    next_action: NextAction | None = None
    fee: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAccepted:
    """The provider took the order to give money back."""

    provider_id: str
    status: RefundStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The provider looked at the order and said no for good: nothing was moved, and nothing will be."""

    code: str
    reason: str
    is_for_this_provider: bool = False
    """Whether another provider may well say yes; the payer's bank says the same to all."""


@dataclass(frozen=True, slots=True)
class NotExecuted:
    """Certainly nothing happened: no connection, an order that is not valid, credentials that are not, too many."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have happened or not: no answer after the first byte had left, or one that says nothing."""

    reason: str


ChargeAnswer = ChargeAccepted | Declined | NotExecuted | Unknown
RefundAnswer = RefundAccepted | Declined | NotExecuted | Unknown
