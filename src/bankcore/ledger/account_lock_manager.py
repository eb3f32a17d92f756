"""Takes the row locks a batch needs: all of them, once, in the order of their ids."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final

from bankcore.idempotency.keys import IdempotencyKey
from bankcore.identifiers import TenantId
from bankcore.ledger.book import NOTHING_NAMED, Book, Named, is_due
from bankcore.ledger.command import Command
from bankcore.ledger.limit_book import LimitBook
from bankcore.ledger.ports import ExpectedLock, LedgerUnit

_number: Final = attrgetter("int")


class AccountLockManager:
    """Locks every account that the commands name.

    One sorted statement locks the whole batch. All units of work lock in the same order, so that no two of them wait
    for each other in a circle.
    """

    def __init__(self, tenant_id: TenantId) -> None:
        self._tenant_id = tenant_id

    def lock(self, unit: LedgerUnit, commands: Sequence[Command]) -> Book:
        """The accounts that exist, locked until the unit of work ends, with what the commands name besides.

        Raises:
            UnavailableError: a lock could not be had in time.
        """
        named = _all_named(commands)
        wanted = {account_id for command in commands for account_id in command.touches(self._tenant_id)}
        if named is not None:
            wanted.update(unit.find_accounts_named(named))
        if not wanted:
            return Book((), opened_at=unit.opened_at)
        # Sorted by the number behind the id, which is PostgreSQL's order too, and compares much faster than the object.
        accounts = unit.lock_accounts(sorted(wanted, key=_number))
        opened_at = unit.opened_at
        due = [account.id for account in accounts if is_due(account, opened_at)]
        # What depends on the locks is read after they are there.
        facts = unit.read_facts(named or NOTHING_NAMED, due) if named or due else None
        book = Book(accounts, opened_at=opened_at, facts=facts)
        limited = [account.id for account in accounts if account.is_limited]
        # Where no account is there yet, the batch may open some: nobody has told whether the tenant has limits.
        if limited or (not accounts and len(commands) > 1):
            book.limits = LimitBook(unit.read_limits(limited), opened_at=opened_at)
        return book

    def expected(self, keyed: Iterable[tuple[Command, IdempotencyKey | None]]) -> Iterable[ExpectedLock]:
        """The locks that `lock` asks for if every key is new, command by command; none if a command names more than
        accounts, whose accounts must be found first.
        """
        keyed = list(keyed)
        if _all_named([command for command, _key in keyed]) is not None:
            return ()
        return (
            ExpectedLock(account_id, key) for command, key in keyed for account_id in command.touches(self._tenant_id)
        )


def _all_named(commands: Sequence[Command]) -> Named | None:
    """What the commands name together, each once; None if they name nothing, as nearly all do."""
    naming = [command.named for command in commands if command.named is not NOTHING_NAMED]
    if not naming:
        return None
    return Named(
        holds=tuple(dict.fromkeys(hold_id for each in naming for hold_id in each.holds)),
        transactions=tuple(dict.fromkeys(known for each in naming for known in each.transactions)),
        emptied=tuple(dict.fromkeys(account_id for each in naming for account_id in each.emptied)),
    )
