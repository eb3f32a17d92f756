"""Limits in memory."""

from collections.abc import Sequence

from bankcore.arguments import require_id, require_optional_id, require_optional_words
from bankcore.clock import Clock
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account
from bankcore.ledger.limit_book import LimitBook, LimitStanding
from bankcore.ledger.limits import LimitPolicy
from bankcore.limits.policies import LimitQueries, LimitsChanged, LimitUnit
from bankcore.limits.service import LimitService
from bankcore.limits.set_limits import SetLimits
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.books import InMemoryBooks
from bankcore.testing.queries import InMemoryLedgerQueries
from bankcore.testing.unit_of_work import InMemoryLedgerUnit
from bankcore.testing.units import InMemoryUnit, InMemoryUnits


class InMemoryLimitUnit(InMemoryUnit, LimitUnit):
    """One tenant's policies inside one unit of work."""

    def __init__(self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank) -> None:
        super().__init__(ledger_unit, bank)
        self._draft = ledger_unit.draft

    def find_account(self, account_id: AccountId) -> Account | None:
        return self._draft.accounts.get(account_id)

    def store_policy(self, account_id: AccountId | None, policy: LimitPolicy) -> int:
        self._draft.limits[account_id] = policy
        changes = [each for each in self._bank.books.events if isinstance(each, LimitsChanged)]
        return sum(each.account_id == account_id for each in changes) + 1


class InMemoryLimitQueries(LimitQueries):
    """Answers from the committed state of the books."""

    def __init__(self, books: InMemoryBooks, clock: Clock, accounts: InMemoryLedgerQueries) -> None:
        self._books = books
        self._clock = clock
        self._accounts = accounts

    def get_policy(self, account_id: AccountId | None) -> LimitPolicy:
        """The policy; NotFoundError."""
        require_optional_id(account_id, "/accountId")
        if account_id is not None:
            self._accounts.get_account(account_id)
        return self._books.limits.get(account_id, ())

    def list_standings(self, account_id: AccountId, *, owner_id: str | None = None) -> Sequence[LimitStanding]:
        """The limits of the account; NotFoundError."""
        require_id(account_id, "/accountId")
        require_optional_words(owner_id, "/ownerId")
        with self._books.lock:
            account = self._accounts.get_account(account_id, owner_id=owner_id)
            book = LimitBook(self._books.limit_facts([account_id]), opened_at=self._clock.now())
            return book.standings(account) if book.binds(account) else []


def in_memory_set_limits(bank: InMemoryBank) -> SetLimits:
    """What sets the limits of that bank."""
    return SetLimits(InMemoryUnits(bank, lambda ledger_unit: InMemoryLimitUnit(ledger_unit, bank)))


def in_memory_limits(bank: InMemoryBank) -> LimitService:
    """The limits of that bank."""
    return LimitService(in_memory_set_limits(bank), InMemoryLimitQueries(bank.books, bank.clock, bank.queries))
