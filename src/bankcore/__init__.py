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
    SetupError,
    Unavailability,
    UnavailableError,
)
from bankcore.fx.give_quote import GiveQuote, RequestQuote
from bankcore.fx.ports import FxQueries
from bankcore.fx.quotes import FxQuote
from bankcore.fx.rates import ExchangeRate, FxUnavailableError
from bankcore.fx.value_positions import ValuePositions
from bankcore.holds.commands import CaptureHold, ExtendHold, PlaceHold, VoidHold
from bankcore.holds.queries import HoldQueries, OpenHolds
from bankcore.holds.service import HoldService
from bankcore.idempotency.answers import Rejected
from bankcore.idempotency.keys import IdempotencyInProgressError, IdempotencyKeyReusedError
from bankcore.identifiers import AccountId, HoldId, TenantId, TransactionId
from bankcore.ledger.account_service import AccountService
from bankcore.ledger.accounts import Account, AccountKind, AccountStatus, FreezeDirection
from bankcore.ledger.aio import TenantBooks
from bankcore.ledger.command import Command, MoneyCommand
from bankcore.ledger.commands import (
    CloseAccount,
    Deposit,
    FreezeAccount,
    MakeDormant,
    OpenAccount,
    PostTransaction,
    Transfer,
    UnfreezeAccount,
    WakeAccount,
    Withdraw,
)
from bankcore.ledger.expectations import Expect
from bankcore.ledger.holds import Hold, HoldStatus
from bankcore.ledger.limit_book import LimitStanding
from bankcore.ledger.limits import Limit, LimitWindow
from bankcore.ledger.outcomes import Changed, Held, Opened, Outcome, Posted
from bankcore.ledger.queries import Balance, HistoryFilter, HistoryPosition, LedgerQueries, TransactionView
from bankcore.ledger.quoted_transfers import QuotedTransfers, QuoteExpiredError, QuoteUsedError
from bankcore.ledger.rejections import (
    AccountClosedError,
    AccountDormantError,
    AccountExistsError,
    AccountFrozenError,
    AccountNotEmptyError,
    AlreadyReversedError,
    BatchRejectedError,
    CaptureExceedsHoldError,
    ChainRejectedError,
    ExpiryOutOfRangeError,
    InsufficientFundsError,
    LimitExceededError,
    PreconditionFailedError,
    ReversalExceedsTransactionError,
    SameAccountError,
    SourceReusedError,
)
from bankcore.ledger.reversals import ReverseTransaction
from bankcore.ledger.service import LedgerService
from bankcore.ledger.transactions import Entry, Posting, Source, Transaction
from bankcore.limits.service import LimitService
from bankcore.money import AmountOutOfRangeError, Currency, CurrencyMismatchError, Money
from bankcore.origin import Origin
from bankcore.rounding import Rounding

__version__ = "0.1.0"

__all__ = [
    "Account",
    "AccountClosedError",
    "AccountDormantError",
    "AccountExistsError",
    "AccountFrozenError",
    "AccountId",
    "AccountKind",
    "AccountNotEmptyError",
    "AccountService",
    "AccountStatus",
    "AlreadyReversedError",
    "AmountOutOfRangeError",
    "Balance",
    "BankcoreError",
    "BatchRejectedError",
    "CaptureExceedsHoldError",
    "CaptureHold",
    "ChainRejectedError",
    "Changed",
    "CloseAccount",
    "Command",
    "ConflictError",
    "Currency",
    "CurrencyMismatchError",
    "Deposit",
    "Entry",
    "ExchangeRate",
    "Expect",
    "ExpiryOutOfRangeError",
    "ExtendHold",
    "FreezeAccount",
    "FreezeDirection",
    "FxQueries",
    "FxQuote",
    "FxUnavailableError",
    "GiveQuote",
    "Held",
    "HistoryFilter",
    "HistoryPosition",
    "Hold",
    "HoldId",
    "HoldQueries",
    "HoldService",
    "HoldStatus",
    "IdempotencyInProgressError",
    "IdempotencyKeyReusedError",
    "InsufficientFundsError",
    "InvalidRequestError",
    "InvalidStateError",
    "LedgerInvariantError",
    "LedgerQueries",
    "LedgerService",
    "Limit",
    "LimitExceededError",
    "LimitService",
    "LimitStanding",
    "LimitWindow",
    "MakeDormant",
    "Money",
    "MoneyCommand",
    "NotFoundError",
    "OpenAccount",
    "OpenHolds",
    "Opened",
    "Origin",
    "Outcome",
    "OutcomeUnknownError",
    "PlaceHold",
    "PostTransaction",
    "Posted",
    "Posting",
    "PreconditionFailedError",
    "QuoteExpiredError",
    "QuoteUsedError",
    "QuotedTransfers",
    "Rejected",
    "RejectedError",
    "RequestQuote",
    "ReversalExceedsTransactionError",
    "ReverseTransaction",
    "Rounding",
    "SameAccountError",
    "SetupError",
    "Source",
    "SourceReusedError",
    "TenantBooks",
    "TenantId",
    "Transaction",
    "TransactionId",
    "TransactionView",
    "Transfer",
    "Unavailability",
    "UnavailableError",
    "UnfreezeAccount",
    "ValuePositions",
    "VoidHold",
    "WakeAccount",
    "Withdraw",
    "__version__",
]
