"""Refusals of the ledger, with the facts that the caller needs."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bankcore.errors import ConflictError, RejectedError
from bankcore.identifiers import AccountId, HoldId, TransactionId
from bankcore.ledger.accounts import FreezeDirection
from bankcore.ledger.limits import LimitWindow
from bankcore.money import Money


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class InsufficientFundsError(RejectedError):
    """The debit would leave less than the account's floor."""

    code: ClassVar[str] = "insufficient_funds"
    title: ClassVar[str] = "Insufficient funds"
    account_id: AccountId
    available: Money
    needed: Money
    floor: Money


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class SameAccountError(RejectedError):
    """Source and destination are one account."""

    code: ClassVar[str] = "same_account"
    title: ClassVar[str] = "Source and destination are the same account"
    account_id: AccountId


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class AccountFrozenError(RejectedError):
    """The account is frozen in that direction, or in both."""

    code: ClassVar[str] = "account_frozen"
    title: ClassVar[str] = "The account is frozen"
    account_id: AccountId
    # What was refused before freezes had a direction was frozen in both.
    direction: FreezeDirection = FreezeDirection.BOTH


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class AccountDormantError(RejectedError):
    """A dormant account is not debited until somebody wakes it."""

    code: ClassVar[str] = "account_dormant"
    title: ClassVar[str] = "The account is dormant"
    account_id: AccountId


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class AccountClosedError(RejectedError):
    """A closed account takes part in no posting."""

    code: ClassVar[str] = "account_closed"
    title: ClassVar[str] = "The account is closed"
    account_id: AccountId


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class AccountNotEmptyError(RejectedError):
    """An account is closed when nothing is on it and nothing held; `hold_id` is its open hold that expires next."""

    code: ClassVar[str] = "account_not_empty"
    title: ClassVar[str] = "There is still money on the account"
    account_id: AccountId
    balance: Money
    held: Money
    hold_id: HoldId | None


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class LimitExceededError(RejectedError):
    """The debit is more than a limit of the account leaves in its window; days and months are those of UTC.

    Either the amounts are given, or the counts. Without a kind the limit is on all debits. A limit on each transaction
    is never reset.
    """

    code: ClassVar[str] = "limit_exceeded"
    title: ClassVar[str] = "A limit of the account would be exceeded"
    account_id: AccountId
    per: LimitWindow
    kind: str | None = None
    limit: Money | None = None
    used: Money | None = None
    allowed: Money | None = None
    limit_count: int | None = None
    used_count: int | None = None
    allowed_count: int | None = None
    resets_at: datetime | None = None


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class CaptureExceedsHoldError(RejectedError):
    """The hold keeps less than was to be captured."""

    code: ClassVar[str] = "capture_exceeds_hold"
    title: ClassVar[str] = "The hold keeps less than that"
    hold_id: HoldId
    remaining: Money
    needed: Money


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class ExpiryOutOfRangeError(RejectedError):
    """A hold expires after now, after what it has when it is extended, and within a year."""

    code: ClassVar[str] = "expiry_out_of_range"
    title: ClassVar[str] = "The hold cannot expire then"
    after: datetime
    latest: datetime


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class AlreadyReversedError(ConflictError):
    """Nothing is left of the transaction to reverse."""

    code: ClassVar[str] = "already_reversed"
    title: ClassVar[str] = "The transaction was reversed already"
    transaction_id: TransactionId


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class ReversalExceedsTransactionError(RejectedError):
    """Less of the transaction is left to reverse."""

    code: ClassVar[str] = "reversal_exceeds_transaction"
    title: ClassVar[str] = "Less of the transaction is left to reverse"
    transaction_id: TransactionId
    remaining: Money
    needed: Money


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class AccountExistsError(ConflictError):
    """An account with this id is open already."""

    code: ClassVar[str] = "account_exists"
    title: ClassVar[str] = "An account with this id exists"
    account_id: AccountId


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class SourceReusedError(ConflictError):
    """The permanent source already caused another movement of money."""

    code: ClassVar[str] = "source_reused"
    title: ClassVar[str] = "The source was used for another transaction"
    source_type: str
    source_id: str


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class PreconditionFailedError(ConflictError):
    """The account is not what the caller expected: it has another version, or less would be available after."""

    code: ClassVar[str] = "precondition_failed"
    title: ClassVar[str] = "The account is not as expected"
    account_id: AccountId
    expected_version: int | None
    version: int
    available_min: Money | None
    available: Money


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class ChainRejectedError(RejectedError):
    """The command itself was not refused, but the chain it belongs to was, at `failed_index` of the batch."""

    code: ClassVar[str] = "chain_rejected"
    title: ClassVar[str] = "Another command of the chain was refused"
    chain: str
    failed_index: int


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class BatchRejectedError(RejectedError):
    """The command itself was not refused, but the all-or-nothing batch it belongs to was, at `failed_index`."""

    code: ClassVar[str] = "batch_rejected"
    title: ClassVar[str] = "Another command of the atomic batch was refused"
    failed_index: int
