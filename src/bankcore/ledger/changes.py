"""Changes: the few forms in which a command can change the books.

Commands are open: a capability adds its own. Changes are closed: batch, validator, recorder and audit log know only
these, so a new command does not touch them (docs/adr/0048).
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
    """Any customer's, as a destination."""
    OURS = "ours"
    """One of the bank's own, which the ledger chose."""


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
    """Another status for an account, with a reason in the caller's own words."""

    account_id: AccountId
    status: AccountStatus
    reason: str | None


Change = Post | Open | SetStatus
