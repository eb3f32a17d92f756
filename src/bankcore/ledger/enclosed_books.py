"""The books of one tenant, as they take part in one transaction."""

from dataclasses import dataclass

from bankcore.ledger.account_service import AccountService
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService


@dataclass(frozen=True, slots=True, kw_only=True)
class EnclosedBooks:
    """What a tenant offers inside a transaction of its caller's, with the words that it has outside of it."""

    ledger: LedgerService
    """What moves money."""
    accounts: AccountService
    """What opens accounts, and tells what is on them in this transaction."""
    queries: LedgerQueries
    """What reads the books as this transaction sees them."""
