"""Changes: the few forms in which a command can change the books.

Commands are open: a capability adds its own. Changes are closed: batch, validator, recorder and audit log know only
these, so a new command does not touch them (docs/adr/0048).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, NamedTuple, Protocol

from bankcore.identifiers import AccountId, HoldId, TransactionId
from bankcore.ledger.accounts import AccountKind, FreezeDirection
from bankcore.ledger.holds import Hold
from bankcore.ledger.transactions import Posting, Source, Transaction
from bankcore.money import Currency, Money

CAPTURE: Final = "capture"
"""Kind of the transactions that take from a hold."""
REVERSAL: Final = "reversal"
"""Kind of the transactions that undo another one."""


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


class StatusAct(Enum):
    """What is done to the status of an account."""

    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    MAKE_DORMANT = "make dormant"
    WAKE = "wake"
    CLOSE = "close"


class SetStatus(NamedTuple):
    """Another status for an account, with a reason in the caller's own words; a freeze has a direction."""

    account_id: AccountId
    act: StatusAct
    reason: str | None
    direction: FreezeDirection | None = None


Expiry = datetime | timedelta
"""When a hold expires: at an instant, or so long after it was asked."""


class SetAside(NamedTuple):
    """A new hold of so much on the account."""

    account_id: AccountId
    amount: Money
    expiry: Expiry
    reference: str | None


class Capture(NamedTuple):
    """A transaction that takes from the hold: so much, or all that it keeps; a final one gives back the rest."""

    hold_id: HoldId
    to_account_id: AccountId
    amount: Money | None
    is_final: bool
    carried: Carrying

    def post(self, hold: Hold, amount: Money) -> Post:
        """The transaction that takes that amount from the hold's account."""
        postings = (Posting(hold.account_id, -amount), Posting(self.to_account_id, amount))
        return Post(CAPTURE, postings, (Reach.OWN, Reach.ANYBODY), self.carried)


class Release(NamedTuple):
    """The end of a hold, with nothing more taken of it."""

    hold_id: HoldId
    reason: str | None


class Extend(NamedTuple):
    """More time for a hold."""

    hold_id: HoldId
    expiry: Expiry


class Reverse(NamedTuple):
    """A transaction that undoes that one: so much of it, or all that is left; `reason` is in the caller's words."""

    transaction_id: TransactionId
    amount: Money | None
    reason: str
    carried: Carrying

    def post(self, transaction: Transaction, amount: Money | None) -> Post:
        """The transaction that undoes so much; whoever has got the money gives it back first."""
        entries = sorted(transaction.entries, key=lambda entry: entry.amount_minor < 0)
        if amount is None or amount == transaction.amount:
            lines = [Posting(entry.account_id, -entry.amount) for entry in entries]
        else:
            payee, payer = entries
            lines = [Posting(payee.account_id, -amount), Posting(payer.account_id, amount)]
        return Post(REVERSAL, tuple(lines), (Reach.OWN,) * len(lines), self.carried)


HoldChange = SetAside | Release | Extend
Change = Post | Open | SetStatus | Capture | HoldChange | Reverse
