"""bankcore: the rules of a double-entry ledger, free of frameworks, databases, clocks and randomness."""

from bankcore.errors import (
    BankcoreError,
    ConflictError,
    InvalidRequestError,
    InvalidStateError,
    LedgerInvariantError,
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
    UnavailableError,
)
from bankcore.idempotency.answers import Rejected
from bankcore.idempotency.keys import IdempotencyInProgressError, IdempotencyKeyReusedError
from bankcore.identifiers import AccountId, TenantId, TransactionId
from bankcore.ledger.accounts import Account, AccountKind, AccountStatus
from bankcore.ledger.command import Command
from bankcore.ledger.commands import (
    Deposit,
    FreezeAccount,
    OpenAccount,
    PostTransaction,
    Transfer,
    UnfreezeAccount,
    Withdraw,
)
from bankcore.ledger.outcomes import Changed, Opened, Outcome, Posted
from bankcore.ledger.rejections import (
    AccountClosedError,
    AccountExistsError,
    AccountFrozenError,
    BatchRejectedError,
    InsufficientFundsError,
    SameAccountError,
    SourceReusedError,
)
from bankcore.ledger.service import LedgerService
from bankcore.ledger.transactions import Entry, Posting, Source, Transaction
from bankcore.money import AmountOutOfRangeError, Currency, CurrencyMismatchError, Money
from bankcore.origin import Origin
from bankcore.rounding import Rounding

__all__ = [
    "Account",
    "AccountClosedError",
    "AccountExistsError",
    "AccountFrozenError",
    "AccountId",
    "AccountKind",
    "AccountStatus",
    "AmountOutOfRangeError",
    "BankcoreError",
    "BatchRejectedError",
    "Changed",
    "Command",
    "ConflictError",
    "Currency",
    "CurrencyMismatchError",
    "Deposit",
    "Entry",
    "FreezeAccount",
    "IdempotencyInProgressError",
    "IdempotencyKeyReusedError",
    "InsufficientFundsError",
    "InvalidRequestError",
    "InvalidStateError",
    "LedgerInvariantError",
    "LedgerService",
    "Money",
    "NotFoundError",
    "OpenAccount",
    "Opened",
    "Origin",
    "Outcome",
    "OutcomeUnknownError",
    "PostTransaction",
    "Posted",
    "Posting",
    "Rejected",
    "RejectedError",
    "Rounding",
    "SameAccountError",
    "Source",
    "SourceReusedError",
    "TenantId",
    "Transaction",
    "TransactionId",
    "Transfer",
    "UnavailableError",
    "UnfreezeAccount",
    "Withdraw",
]
