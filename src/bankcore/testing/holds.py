"""Holds in memory, as they are read."""

from collections.abc import Sequence

from bankcore.arguments import require_id, require_optional_words
from bankcore.clock import Clock
from bankcore.errors import NotFoundError
from bankcore.holds.queries import HoldQueries, OpenHolds, require_wanted
from bankcore.identifiers import AccountId, HoldId
from bankcore.ledger.holds import Hold, HoldStatus
from bankcore.testing.books import InMemoryBooks
from bankcore.testing.queries import InMemoryLedgerQueries


class InMemoryHoldQueries(HoldQueries):
    """Answers from the committed state of the books."""

    def __init__(self, books: InMemoryBooks, clock: Clock, accounts: InMemoryLedgerQueries) -> None:
        self._books = books
        self._clock = clock
        self._accounts = accounts

    def get_hold(self, hold_id: HoldId, *, owner_id: str | None = None) -> Hold:
        """The hold as it is now; NotFoundError."""
        require_id(hold_id, "/holdId")
        require_optional_words(owner_id, "/ownerId")
        found = [hold for hold in self._all(owner_id) if hold.id == hold_id]
        if not found:
            raise NotFoundError(resource="hold", identifier=str(hold_id))
        return found[0]

    def list_holds(
        self,
        *,
        owner_id: str | None = None,
        account_id: AccountId | None = None,
        status: HoldStatus | None = None,
        after: HoldId | None = None,
        limit: int,
    ) -> Sequence[Hold]:
        require_wanted(owner_id=owner_id, account_id=account_id, status=status, after=after, limit=limit)
        wanted = [
            hold
            for hold in self._all(owner_id)
            if account_id in {None, hold.account_id}
            and status in {None, hold.status}
            and (after is None or hold.id > after)
        ]
        return wanted[:limit]

    def list_open(
        self, account_id: AccountId, *, owner_id: str | None = None, after: HoldId | None = None, limit: int
    ) -> OpenHolds:
        """The account and its open holds; NotFoundError."""
        with self._books.lock:
            account = self._accounts.get_account(account_id, owner_id=owner_id)
            return OpenHolds(
                account, self.list_holds(account_id=account_id, status=HoldStatus.OPEN, after=after, limit=limit)
            )

    def _all(self, owner_id: str | None) -> list[Hold]:
        with self._books.lock:
            now, accounts = self._clock.now(), self._books.accounts
            shown = [hold.expire_if_over(now) for hold in self._books.holds.values()]
            owned = [hold for hold in shown if owner_id in {None, accounts[hold.account_id].owner_id}]
        return sorted(owned, key=lambda hold: hold.id)
