"""Changes: what a command asks of the books, in the few forms that the ledger knows.

The commands are open, a capability adds its own; the changes are closed. Batch, validator, recorder and the audit log
know these alone, so none of them is touched when a command is added (docs/adr/0048).
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import NamedTuple, Protocol

from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountKind, AccountStatus
from bankcore.ledger.transactions import Posting, Source
from bankcore.money import Currency


class Reach(Enum):
    """Which account a holder may name on a line of a movement."""

    OWN = "own"
    """One of the holder's own."""
    ANYBODY = "anybody"
    """Any customer's: the money goes there."""
    OURS = "ours"
    """The bank's own, which the ledger chose and not the holder."""


class Carrying(Protocol):
    """What a movement of money carries besides its lines; see `MoneyCommand`."""

    @property
    def reference(self) -> str | None:
        """The caller's own words."""

    @property
    def metadata(self) -> Mapping[str, str]:
        """The caller's own words by name."""

    @property
    def effective_at(self) -> datetime | None:
        """When it counts, if not when it is recorded."""

    @property
    def source(self) -> Source | None:
        """Its permanent name."""


class Post(NamedTuple):
    """A transaction of that kind with these lines; each line may be on an account within its reach."""

    kind: str
    postings: tuple[Posting, ...]
    reaches: tuple[Reach, ...]
    carried: Carrying


class Open(NamedTuple):
    """A new account with nothing on it; `floor_minor` is in minor units of the currency, None for no floor."""

    owner_id: str
    currency: Currency
    name: str | None
    account_kind: AccountKind
    floor_minor: int | None
    account_id: AccountId | None


class SetStatus(NamedTuple):
    """Another status for an account, and in the caller's own words why."""

    account_id: AccountId
    status: AccountStatus
    reason: str | None


Change = Post | Open | SetStatus
