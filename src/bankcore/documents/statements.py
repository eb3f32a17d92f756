"""Account statements: the opening balance, every entry of a period, and the closing balance."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from bankcore.documents.holders import HiddenNames, HolderNames
from bankcore.errors import InvalidRequestError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account, position_account_id
from bankcore.ledger.chain import MICROSECOND
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.transactions import Entry, Transaction
from bankcore.money import Money

WINDOW: Final = 500
"""How many entries are read at a time, so that memory does not grow with the period."""
_HIDDEN: Final = HiddenNames()


def _nobody_asks(_lines: int) -> None:
    """Most readers show no progress."""


class StatementLine(NamedTuple):
    """An entry with its transaction."""

    entry: Entry
    transaction: Transaction

    @property
    def counterparty(self) -> AccountId | None:
        """The other account, beside our own positions between two currencies; None if there are several."""
        tenant_id, entries = self.transaction.tenant_id, self.transaction.entries
        involved = {entry.account_id for entry in entries}
        others = involved - {position_account_id(tenant_id, entry.currency) for entry in entries}
        others.discard(self.entry.account_id)
        return others.pop() if len(others) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatement:
    """The entries after `opened_by` up to and including `closed_by`, both sequences of the account.

    Entries never change and their sequences have no gaps, so the two numbers fix the content while others go on
    posting. `issued_at` is when the books were asked, by the database's clock.
    """

    queries: LedgerQueries
    account: Account
    from_instant: datetime
    to_instant: datetime
    opened_by: int
    closed_by: int
    issued_at: datetime
    holders: HolderNames = _HIDDEN
    on_progress: Callable[[int], None] = _nobody_asks
    """Is told how many lines are read, each time that some were."""

    @property
    def holder(self) -> str | None:
        """The name of the account's owner, if the reader may see it and there is one; it is looked up."""
        return self.holders.find_name(self.account.owner_id)

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return self.closed_by - self.opened_by

    @property
    def opening(self) -> Money:
        """The balance when the period begins."""
        return self._balance_after(self.opened_by)

    @property
    def closing(self) -> Money:
        """The balance when the period ends."""
        return self._balance_after(self.closed_by)

    def require_at_most(self, lines_max: int, *, instead: str) -> None:
        """Require that there are no more lines. Raises: InvalidRequestError: there are; `instead` takes them all."""
        if self.line_count > lines_max:
            detail = f"more than {lines_max} lines: ask for a shorter period, or for {instead}"
            raise InvalidRequestError(pointer="/query/format", detail=detail)

    def lines(self) -> Iterator[StatementLine]:
        """The entries of the period with their transactions, oldest first, read window by window."""
        for start in range(self.opened_by, self.closed_by, WINDOW):
            end = min(start + WINDOW, self.closed_by)
            entries = self.queries.list_entries(self.account.id, before_sequence=end + 1, limit=end - start)
            transactions = self.queries.find_transactions([entry.transaction_id for entry in entries])
            for entry in reversed(entries):
                yield StatementLine(entry, transactions[entry.transaction_id])
            self.on_progress(end - self.opened_by)

    def _balance_after(self, sequence: int) -> Money:
        if sequence == 0:
            return Money.zero(self.account.currency)
        return _entry(self.queries, self.account.id, sequence).balance_after


def read_statement(
    queries: LedgerQueries,
    account_id: AccountId,
    *,
    from_instant: datetime | None = None,
    to_instant: datetime | None = None,
    owner_id: str | None = None,
    holders: HolderNames = _HIDDEN,
) -> AccountStatement:
    """The statement of the account for the period [from, to), which ends now at the latest.

    The reader sees only accounts of that owner, None is for staff; and of names those that `holders` tells.

    Raises:
        InvalidRequestError: the period ends before it begins.
        NotFoundError: no such account, or not of that owner.
    """
    now = queries.balance_at(account_id, owner_id=owner_id).at
    account = queries.get_account(account_id, owner_id=owner_id)
    to_instant = min(to_instant or now, now)
    from_instant = from_instant or min(account.created_at, to_instant)
    if from_instant > to_instant:
        raise InvalidRequestError(pointer="/query/from", detail="the period begins after it ends, or in the future")
    return AccountStatement(
        queries=queries,
        account=account,
        from_instant=from_instant,
        to_instant=to_instant,
        opened_by=_last_sequence_before(queries, account, from_instant),
        # Every entry counts as posted by now, whatever its time, because clocks can step back.
        closed_by=account.version if to_instant >= now else _last_sequence_before(queries, account, to_instant),
        issued_at=now,
        holders=holders,
    )


def _last_sequence_before(queries: LedgerQueries, account: Account, instant: datetime) -> int:
    """The sequence of the last entry posted before the instant, 0 for none."""
    # No entry is older than the account, and the first instant of `datetime` has none before it.
    if instant <= account.created_at:
        return 0
    return queries.last_sequence_at(account.id, instant - MICROSECOND)


def _entry(queries: LedgerQueries, account_id: AccountId, sequence: int) -> Entry:
    (entry,) = queries.list_entries(account_id, before_sequence=sequence + 1, limit=1)
    return entry
