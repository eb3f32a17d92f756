"""The ledger for asyncio: many callers wait without a thread for each, and their commands are posted together."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Unpack

from typing_extensions import override

from bankcore.identifiers import AccountId
from bankcore.ledger.batch import Request
from bankcore.ledger.commands import Carried, Command, Deposit, MoneyCommand, Transfer, Withdraw
from bankcore.ledger.outcomes import Outcome, accepted_transaction
from bankcore.ledger.transactions import Transaction
from bankcore.money import Money
from bankcore.origin import LIBRARY, Origin
from bankcore_infra.ledger.group_commit import GroupCommit, Place, Turn

NotingFailure = Callable[[Sequence[Command], Origin], AbstractContextManager[None]]


class AioLedger:
    """The commands of `LedgerService`, to be awaited.

    A task that is cancelled while its command waits takes it back; once it is being posted it is posted, as if the
    caller had hung up: ask again with the same key.
    """

    def __init__(self, group_commit: GroupCommit, noting_failure: NotingFailure) -> None:
        """Through that queue."""
        self._group_commit = group_commit
        self._noting_failure = noting_failure

    async def deposit(
        self, account_id: AccountId, amount: Money, *, origin: Origin = LIBRARY, **carried: Unpack[Carried]
    ) -> Transaction:
        """As `LedgerService.deposit`."""
        return await self.post(Deposit(account_id, amount, **carried), origin=origin)

    async def withdraw(
        self, account_id: AccountId, amount: Money, *, origin: Origin = LIBRARY, **carried: Unpack[Carried]
    ) -> Transaction:
        """As `LedgerService.withdraw`."""
        return await self.post(Withdraw(account_id, amount, **carried), origin=origin)

    async def transfer(
        self,
        from_account_id: AccountId,
        to_account_id: AccountId,
        amount: Money,
        *,
        origin: Origin = LIBRARY,
        **carried: Unpack[Carried],
    ) -> Transaction:
        """As `LedgerService.transfer`."""
        return await self.post(Transfer(from_account_id, to_account_id, amount, **carried), origin=origin)

    async def post(self, command: MoneyCommand, *, origin: Origin = LIBRARY) -> Transaction:
        """As `LedgerService.post`."""
        return accepted_transaction(await self.execute_one(command, origin=origin))

    async def execute_one(self, command: Command, *, origin: Origin = LIBRARY) -> Outcome:
        """As `LedgerService.execute_one`."""
        place = _TaskPlace(Request(command, origin), self._group_commit, asyncio.get_running_loop())
        if self._group_commit.enter(place):
            place.call(Turn.LEAD)
        with self._noting_failure([command], origin):
            try:
                await place.settled
            except asyncio.CancelledError:
                self._group_commit.withdraw(place)
                raise
            return place.outcome()


class _TaskPlace(Place):
    """A task in the queue. The loop never posts: what a place is called for is done in the loop's own threads."""

    __slots__ = ("_group_commit", "_loop", "settled")

    def __init__(self, request: Request, group_commit: GroupCommit, loop: asyncio.AbstractEventLoop) -> None:
        """Of that loop."""
        super().__init__(request)
        self._group_commit = group_commit
        self._loop = loop
        self.settled: asyncio.Future[None] = loop.create_future()

    @override
    def call(self, turn: Turn) -> None:
        self.turn = turn
        try:
            if turn is Turn.DONE:
                self._loop.call_soon_threadsafe(self._settle)
            else:
                self._loop.call_soon_threadsafe(self._loop.run_in_executor, None, self._group_commit.take_turn, self)
        except RuntimeError:
            # The loop is closed and its task gone: nothing was posted for it, and the next one shall lead.
            if turn is Turn.LEAD:
                self._group_commit.pass_on()

    def _settle(self) -> None:
        if not self.settled.done():
            self.settled.set_result(None)
