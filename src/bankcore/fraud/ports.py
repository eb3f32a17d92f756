"""What fraud needs from outside: one unit of work, and queries."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from bankcore.fraud.activity import ENTRIES_MAX, AccountActivity, History
from bankcore.fraud.cases import CaseStatus, FraudCase, FraudCaseId
from bankcore.fraud.policy import FraudPolicy
from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.service import LedgerService


class Remembered(NamedTuple):
    """The activity of an account up to its entry with that sequence."""

    sequence: int
    activity: AccountActivity


class Span(NamedTuple):
    """The entries of an account after one sequence and before another."""

    after: int
    end: int

    @property
    def first(self) -> int:
        """The first of its last `ENTRIES_MAX` entries."""
        return max(self.after + 1, self.end - ENTRIES_MAX)

    @property
    def is_whole(self) -> bool:
        """Whether these are all its entries."""
        return self.first == self.after + 1


class Known(NamedTuple):
    """The state before movements are examined.

    The tenant's policy or the default one, the customers among the other sides, and the activities of those accounts
    that have one.
    """

    policy: FraudPolicy
    customers: Collection[AccountId]
    activities: Mapping[AccountId, Remembered]


class Cover(NamedTuple):
    """The cases that exist: whether one is of this movement, and the points of the account's worst open case."""

    has_case: bool
    points: int


class FraudUnit(UnitOfWork, Protocol):
    """One tenant's policy and cases inside one unit of work, and the ledger in the same one."""

    @property
    @abstractmethod
    def ledger(self) -> LedgerService:
        """The ledger in this unit of work: its commands are committed with the rest."""

    @abstractmethod
    def lock_known(self, account_ids: Collection[AccountId], other_sides: Collection[AccountId]) -> Known:
        """Lock and read the activities of these accounts, and find which of the other sides are customers.

        No other unit of work changes the activities of `account_ids` until this one ends.
        """

    @abstractmethod
    def find_histories(self, spans: Mapping[AccountId, Span]) -> Mapping[AccountId, History]:
        """The history of each account in those of its entries, at most in the last `ENTRIES_MAX` of them.

        An account that is not a customer's is left out.
        """

    @abstractmethod
    def remember(self, activities: Mapping[AccountId, Remembered]) -> None:
        """Store these activities; one whose sequence is not greater than the stored one changes nothing."""

    @abstractmethod
    def find_covers(self, movements: Sequence[tuple[AccountId, TransactionId]]) -> Sequence[Cover]:
        """What covers each of these movements, in their order."""

    @abstractmethod
    def add_case(self, case: FraudCase) -> None:
        """Add the case. If another unit of work adds one for the same movement, one of the two fails, to run again."""

    @abstractmethod
    def lock_case(self, case_id: FraudCaseId) -> FraudCase | None:
        """Lock the case until this unit of work ends, and return it as it is now."""

    @abstractmethod
    def update_case(self, case: FraudCase) -> None:
        """Write status and decision of a case locked by this unit of work."""

    @abstractmethod
    def store_policy(self, policy: FraudPolicy) -> None:
        """Write the tenant's policy. No other unit of work writes it until this one ends."""


FraudUnits = Units[FraudUnit]
"""Run a piece of fraud's work in a unit of work of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases to list."""

    status: CaseStatus | None = None
    account_id: AccountId | None = None


class FraudQueries(Protocol):
    """Reads of one tenant's cases and policy."""

    @abstractmethod
    def get_policy(self) -> FraudPolicy:
        """The tenant's policy, or the default."""

    @abstractmethod
    def get_case(self, case_id: FraudCaseId) -> FraudCase:
        """The case. Raises: NotFoundError."""

    @abstractmethod
    def list_cases(self, wanted: CaseFilter, *, before: FraudCaseId | None = None, limit: int) -> Sequence[FraudCase]:
        """The cases in the order in which they were opened, latest first, from just before the given one."""
