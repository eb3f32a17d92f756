"""Takes the row locks a batch needs: all of them, once, in the order of their ids."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Final

from bankcore.idempotency.keys import IdempotencyKey
from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.accounts import LockedAccount
from bankcore.ledger.command import Command
from bankcore.ledger.ports import ExpectedLock, LedgerUnit

Book = dict[AccountId, LockedAccount]
"""The locked accounts of one unit of work by id: the state in which its commands are decided, one after another."""


_number: Final = attrgetter("int")


class AccountLockManager:
    """Locks every account that the commands name.

    One sorted statement locks the whole batch. All units of work lock in the same order, so that no two of them wait
    for each other in a circle.
    """

    def __init__(self, tenant_id: TenantId) -> None:
        self._tenant_id = tenant_id

    def lock(self, unit: LedgerUnit, commands: Iterable[Command]) -> Book:
        """The accounts that exist, locked until the unit of work ends.

        Raises:
            UnavailableError: a lock could not be had in time.
        """
        # Sorted by the number behind the id, which is PostgreSQL's order too, and compares much faster than the object.
        account_ids = sorted(
            {account_id for command in commands for account_id in command.account_ids(self._tenant_id)}, key=_number
        )
        if not account_ids:
            return {}
        return {account.id: account for account in unit.lock_accounts(account_ids)}

    def expected(self, keyed: Iterable[tuple[Command, IdempotencyKey | None]]) -> Iterable[ExpectedLock]:
        """The locks that `lock` asks for if every key is new, command by command."""
        return (
            ExpectedLock(account_id, key)
            for command, key in keyed
            for account_id in command.account_ids(self._tenant_id)
        )
