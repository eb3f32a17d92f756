"""The ports of the ledger: a unit of work that changes the books."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from bankcore.idempotency.keys import IdempotencyKey
from bankcore.idempotency.ports import KeyStore, Units
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import Account, LockedAccount
from bankcore.ledger.book import Facts, Named
from bankcore.ledger.events import LedgerEvent
from bankcore.ledger.holds import Hold
from bankcore.ledger.limits import LimitFacts, Usage
from bankcore.ledger.transactions import Source, Transaction

T = TypeVar("T")


class ExpectedLock(NamedTuple):
    """An account, and the key of the command that names it, if it has one."""

    account_id: AccountId
    key: IdempotencyKey | None


class LedgerUnit(KeyStore, Protocol):
    """The books of one tenant inside one unit of work: all writes are committed together, or none.

    Each method costs a fixed number of round trips, however many things it is given.
    """

    @abstractmethod
    def expect(self, keys: Sequence[IdempotencyKey], locks: Iterable[ExpectedLock]) -> None:
        """Tell beforehand which keys are claimed next, and which accounts will be locked if their keys are ours.

        The adapter may ask the database for all of it at once, while the caller goes on; but it never asks for the
        locks of a key that another unit of work holds, because it would wait for that one's locks. The caller calls
        `claim_keys` and `lock_accounts` all the same, with nothing between this and the claim.
        """

    @abstractmethod
    def lock_accounts(self, account_ids: Sequence[AccountId]) -> Sequence[LockedAccount]:
        """Lock these accounts in the given order and return them as they are now; an unknown id is left out.

        Locks last until the unit of work ends.

        Raises:
            UnavailableError: another unit of work held a lock for too long.
        """

    @abstractmethod
    def find_accounts_named(self, named: Named) -> Sequence[AccountId]:
        """The accounts of what is named, which never change; of what is unknown there are none."""

    @abstractmethod
    def read_facts(self, named: Named, due: Sequence[AccountId]) -> Facts:
        """What is named as it stands now, and the holds that these accounts have to let go.

        Asked under the locks of the accounts. Of each due account, and of those to be emptied, it gives the first
        `LET_GO_MAX` open holds whose time was over when the unit of work was opened, and the one that expires next; an
        unknown id is left out.
        """

    @abstractmethod
    def find_recorded(
        self, transaction_ids: Sequence[TransactionId], sources: Sequence[Source]
    ) -> Sequence[Transaction]:
        """The transactions with these ids, and those that these permanent sources caused; unknown ones are left out."""

    @abstractmethod
    def add_accounts(self, accounts: Sequence[Account]) -> None:
        """Open accounts. A settlement account that is there already is left as it is."""

    @abstractmethod
    def add_transactions(self, transactions: Sequence[Transaction]) -> None:
        """Append transactions with their entries."""

    @abstractmethod
    def update_accounts(self, accounts: Sequence[LockedAccount]) -> None:
        """Write balance, version, head, status and what is held of accounts locked by this unit of work."""

    @abstractmethod
    def write_holds(self, holds: Sequence[Hold]) -> None:
        """Place new holds, and write what has become of others; their accounts were written before."""

    @abstractmethod
    def read_limits(self, account_ids: Sequence[AccountId]) -> LimitFacts:
        """The policy of the tenant, and policy and usage of each of these accounts, asked under their locks."""

    @abstractmethod
    def write_usages(self, usages: Sequence[tuple[AccountId, Usage]]) -> None:
        """Write what left accounts, which this unit of work has locked, in the place of what was written before."""

    @abstractmethod
    def publish(self, events: Iterable[LedgerEvent]) -> None:
        """Give events to the listeners that record them in this unit of work; others hear of them after its commit."""


class UnitsOfWork(Units[LedgerUnit], Protocol):
    """Runs a piece of the ledger's work in a unit of work of its own."""

    @abstractmethod
    def rehearse(self, work: Callable[[LedgerUnit], T]) -> T:
        """Run the work, then undo everything it did."""
