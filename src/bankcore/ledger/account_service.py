"""AccountService: opens and reads accounts, for callers that import the library."""

from collections.abc import Sequence
from datetime import datetime

from bankcore.decimals import Number
from bankcore.errors import InvalidRequestError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account, AccountKind
from bankcore.ledger.commands import OpenAccount
from bankcore.ledger.queries import Balance, LedgerQueries
from bankcore.ledger.service import LedgerService
from bankcore.ledger.transactions import Entry
from bankcore.money import Currency, Money
from bankcore.origin import LIBRARY, Origin


class AccountService:
    """The accounts of one tenant."""

    def __init__(self, ledger: LedgerService, queries: LedgerQueries) -> None:
        self._ledger = ledger
        self._queries = queries

    def open(  # noqa: PLR0913 - an account has this many facts, all but two with a default
        self,
        *,
        currency: str | Currency,
        owner_id: str,
        name: str | None = None,
        floor: Number | None = "0",
        kind: AccountKind = AccountKind.CUSTOMER,
        account_id: AccountId | None = None,
        idempotency_key: str | None = None,
        origin: Origin = LIBRARY,
    ) -> Account:
        """Open an account; `floor` is at most zero, in major units as `Money.of` takes them, or None for no floor.

        Raises:
            InvalidRequestError: no such currency, or a floor or text that cannot be used.
            ConflictError: the id is taken, or the key was used for another request or is in use at this moment.
        """
        command = OpenAccount(
            owner_id,
            Currency.of(currency),
            name=name,
            account_kind=kind,
            floor_minor=None if floor is None else _floor_minor(floor, currency),
            account_id=account_id,
            idempotency_key=idempotency_key,
        )
        return self._ledger.open_account(command, origin=origin)

    def get(self, account_id: AccountId) -> Account:
        """The account as it is now. Raises: NotFoundError."""
        return self._queries.get_account(account_id)

    def owned_by(self, owner_id: str, *, after: AccountId | None = None, limit: int = 100) -> Sequence[Account]:
        """The owner's accounts in the order of their ids, from just after the given one."""
        return self._queries.list_accounts(owner_id=owner_id, after=after, limit=limit)

    def balance(self, account_id: AccountId, *, at: datetime | None = None) -> Balance:
        """The balance at that instant, by default now. Raises: NotFoundError."""
        return self._queries.balance_at(account_id, at)

    def entries(
        self, account_id: AccountId, *, before_sequence: int | None = None, limit: int = 100
    ) -> Sequence[Entry]:
        """The account's entries, latest first. Raises: NotFoundError."""
        return self._queries.list_entries(account_id, before_sequence=before_sequence, limit=limit)


def _floor_minor(floor: Number, currency: str | Currency) -> int:
    known = Currency.of(currency)
    try:
        return Money.of(floor, known).minor
    except InvalidRequestError as error:
        raise InvalidRequestError(pointer="/floor", detail=error.detail) from None
