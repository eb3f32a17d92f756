"""The books of one tenant for asyncio: what their services offer, awaited, with the same arguments and errors."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol

from bankcore.faces import Awaited, Face, Runner
from bankcore.ledger.account_service import AccountService
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService


class TenantBooks(Protocol):
    """What a tenant's books offer, wherever they are kept; write functions of your own for this type."""

    @property
    @abstractmethod
    def ledger(self) -> LedgerService:
        """What moves money."""

    @property
    @abstractmethod
    def accounts(self) -> AccountService:
        """Opens accounts and tells what is on them."""

    @property
    @abstractmethod
    def queries(self) -> LedgerQueries:
        """Histories, transactions, trial balances."""


class AioLedger(Face[LedgerService]):
    """`LedgerService`, awaited.

    A task that is cancelled gets no answer. Its command is then recorded as a whole or not at all, and the same key
    asks which.
    """

    execute = Awaited(LedgerService.execute)
    execute_one = Awaited(LedgerService.execute_one)
    open_account = Awaited(LedgerService.open_account)
    deposit = Awaited(LedgerService.deposit)
    withdraw = Awaited(LedgerService.withdraw)
    transfer = Awaited(LedgerService.transfer)
    post = Awaited(LedgerService.post)
    reverse = Awaited(LedgerService.reverse)
    freeze = Awaited(LedgerService.freeze)
    unfreeze = Awaited(LedgerService.unfreeze)
    close = Awaited(LedgerService.close)
    make_dormant = Awaited(LedgerService.make_dormant)
    wake = Awaited(LedgerService.wake)


class AioAccounts(Face[AccountService]):
    """`AccountService`, awaited."""

    open = Awaited(AccountService.open)
    get = Awaited(AccountService.get)
    owned_by = Awaited(AccountService.owned_by)
    balance = Awaited(AccountService.balance)
    entries = Awaited(AccountService.entries)


class AioQueries(Face[LedgerQueries]):
    """`LedgerQueries`, awaited."""

    get_account = Awaited(LedgerQueries.get_account)
    get_owner_id = Awaited(LedgerQueries.get_owner_id)
    find_account_by_number = Awaited(LedgerQueries.find_account_by_number)
    list_accounts = Awaited(LedgerQueries.list_accounts)
    balance_at = Awaited(LedgerQueries.balance_at)
    balance_effective_at = Awaited(LedgerQueries.balance_effective_at)
    last_sequence_at = Awaited(LedgerQueries.last_sequence_at)
    list_entries = Awaited(LedgerQueries.list_entries)
    get_transaction = Awaited(LedgerQueries.get_transaction)
    find_transactions = Awaited(LedgerQueries.find_transactions)
    history = Awaited(LedgerQueries.history)
    trial_balance = Awaited(LedgerQueries.trial_balance)


class AioBooks:
    """The same books, awaited."""

    def __init__(self, books: Callable[[], TenantBooks], run: Runner) -> None:
        self.ledger = AioLedger(lambda: books().ledger, run)
        self.accounts = AioAccounts(lambda: books().accounts, run)
        self.queries = AioQueries(lambda: books().queries, run)
