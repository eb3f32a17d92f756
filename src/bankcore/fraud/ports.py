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
    """What is known before movements are examined.

    The tenant's policy, by default the one that every tenant begins with; the customers among those on the other side;
    and what is remembered of the accounts, without those of which nothing is.
    """

    policy: FraudPolicy
    customers: Collection[AccountId]
    activities: Mapping[AccountId, Remembered]


class Cover(NamedTuple):
    """What cases there are already: whether of this very movement, and the points of the account's worst open one."""

    has_case: bool
    points: int


class FraudUnit(UnitOfWork, Protocol):
    """One tenant's policy and cases inside one unit of work, and the ledger in the same one."""

    @property
    @abstractmethod
    def ledger(self) -> LedgerService:
        """The ledger, whose commands are committed together with all else this unit of work does."""

    @abstractmethod
    def lock_known(self, account_ids: Collection[AccountId], other_sides: Collection[AccountId]) -> Known:
        """What is known of these accounts, and which of the other sides are customers.

        What is remembered of `account_ids` is changed by nobody else until this unit of work ends.
        """

    @abstractmethod
    def find_histories(self, spans: Mapping[AccountId, Span]) -> Mapping[AccountId, History]:
        """The history of each account in those of its entries, at most in the last `ENTRIES_MAX` of them.

        An account that is none of a customer is left out.
        """

    @abstractmethod
    def remember(self, activities: Mapping[AccountId, Remembered]) -> None:
        """Remember these instead of what was remembered; of a sequence that is not greater, nothing changes."""

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
        """Write the tenant's policy, which nobody else writes until this unit of work ends."""


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
        """The tenant's policy; the default, if nobody gave it one."""

    @abstractmethod
    def get_case(self, case_id: FraudCaseId) -> FraudCase:
        """The case. Raises: NotFoundError."""

    @abstractmethod
    def list_cases(self, wanted: CaseFilter, *, before: FraudCaseId | None = None, limit: int) -> Sequence[FraudCase]:
        """The cases in the order in which they were opened, latest first, from just before the given one."""
