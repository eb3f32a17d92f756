"""Outcomes of commands; `replayed` marks the answer to an earlier, equal request."""

from dataclasses import dataclass

from bankcore.errors import LedgerInvariantError
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account, AccountStatus
from bankcore.ledger.holds import Hold
from bankcore.ledger.transactions import Transaction


@dataclass(frozen=True, slots=True)
class Posted:
    """The movement is recorded as this transaction."""

    transaction: Transaction
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """The account is open; `account` is how it stood when it was opened."""

    account: Account
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """The account has this status now."""

    account_id: AccountId
    status: AccountStatus
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """The hold was placed, voided or extended; `hold` is how it stood then."""

    hold: Hold
    replayed: bool = False


Outcome = Posted | Opened | Changed | Held | Rejected


def accepted_transaction(outcome: Outcome) -> Transaction:
    """The transaction of a command that moves money; a refusal is raised."""
    if isinstance(outcome, Rejected):
        raise outcome.as_error()
    if not isinstance(outcome, Posted):
        raise LedgerInvariantError(f"money was to move, and {outcome} came of it")
    return outcome.transaction


def accepted_hold(outcome: Outcome) -> Hold:
    """The hold of a command that is about one; a refusal is raised."""
    if isinstance(outcome, Rejected):
        raise outcome.as_error()
    if not isinstance(outcome, Held):
        raise LedgerInvariantError(f"a hold was to change, and {outcome} came of it")
    return outcome.hold
