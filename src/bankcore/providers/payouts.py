"""Payouts by a provider: the orders to send money to an account outside, the answers, and how one stands."""

import re
from abc import abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from bankcore.errors import InvalidRequestError
from bankcore.money import Money
from bankcore.providers.answers import Declined, NotExecuted, Unknown
from bankcore.providers.orders import require_reference
from bankcore.providers.states import ProviderMode
from bankcore.texts import require_text

PAYEE_LENGTH_MAX: Final = 100
BANK_CODE: Final = re.compile(r"[A-Za-z0-9]{1,20}", re.ASCII)
ACCOUNT_NUMBER: Final = re.compile(r"[A-Za-z0-9]{4,34}", re.ASCII)
"""An IBAN has 34 characters at most."""
_SHOWN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutDestination:
    """An account outside: at a bank, or a wallet by the code of who runs it. `repr` shows nothing of it."""

    bank_code: str = field(repr=False)
    account_number: str = field(repr=False)
    payee: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what no bank has."""
        if not BANK_CODE.fullmatch(self.bank_code):
            raise InvalidRequestError(pointer="/bankCode", detail="1 to 20 letters and digits")
        if not ACCOUNT_NUMBER.fullmatch(self.account_number):
            raise InvalidRequestError(pointer="/accountNumber", detail="4 to 34 letters and digits")
        require_text(self.payee, "/payee", length_max=PAYEE_LENGTH_MAX)

    @property
    def hint(self) -> str:
        """How the number ends, if enough of it stays hidden."""
        return self.account_number[-_SHOWN:] if len(self.account_number) >= 2 * _SHOWN else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutOrder:
    """Send money to an account outside. The reference is ours, and the provider's idempotency key too."""

    reference: str
    amount: Money
    destination: PayoutDestination
    description: str
    webhook_url: str = ""
    """Where the provider tells us, if it takes that with an order."""

    def __post_init__(self) -> None:
        """Refuse what no provider takes."""
        require_reference(self.reference)
        self.amount.require_positive()


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutLookup:
    """Which payout is asked for: by our reference, and by the id of the provider, if it gave one."""

    reference: str
    amount: Money
    provider_id: str | None = None


class PayoutStanding(StrEnum):
    """How a payout stands at its provider."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Nothing arrived, and nothing will."""
    RETURNED = "returned"
    """It had left, and is with the provider again."""
    NOT_FOUND = "not_found"
    """The provider knows no such payout. It may only not know it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutAccepted:
    """The provider took the order: it stands as `status` says."""

    provider_id: str
    status: PayoutStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutState:
    """What a provider says of a payout. None is what it does not say, and never means that it is as we think."""

    status: PayoutStanding
    reference: str | None
    provider_id: str | None
    amount: Money | None
    mode: ProviderMode | None = None
    code: str | None = None


PayoutAnswer = PayoutAccepted | Declined | NotExecuted | Unknown


class PayoutProvider(Protocol):
    """A provider that sends our money to accounts outside, in the currencies of `ProviderFacts.payout_currencies`."""

    @abstractmethod
    def create_payout(self, order: PayoutOrder) -> PayoutAnswer:
        """Have money sent. It is ordered at most once; what is not for this provider is `NotExecuted`."""

    @abstractmethod
    def get_payout_status(self, lookup: PayoutLookup) -> PayoutState | Unknown:
        """How a payout stands now. It changes nothing, and may be asked again."""
