"""Services beside the books, awaited on a real database."""

import asyncio
from typing import TypeVar, cast

from typing_extensions import override

from bankcore.holds.service import HoldService
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.holds.queries import SqlHoldQueries
from bankcore_infra.ledger.aio import ServicesOfTenant, SqlAioBooks
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr

T = TypeVar("T")


class WithHolds(ServicesOfTenant):
    """What a tenant has beside its books: holds."""

    def __init__(self, bank: SqlBank) -> None:
        holds = HoldService(bank.ledger, SqlHoldQueries(OwnTransactions(bank.database, bank.tenant_id)))
        self._services: dict[type[object], object] = {HoldService: holds}

    @override
    def get(self, kind: type[T]) -> T:
        return cast(T, self._services[kind])


async def test_the_loop_goes_on_while_any_service_of_the_tenant_waits(bank: SqlBank) -> None:
    aio = SqlAioBooks(bank, lambda _connection: bank, WithHolds(bank))
    alice = bank.open_account(balance="1.00")

    with bank.scratch.connection() as holder, holder.transaction():
        holder.execute("SELECT 1 FROM bankcore.accounts WHERE id = %s FOR UPDATE", [alice.id])
        holding = asyncio.create_task(aio.call(HoldService, lambda holds: holds.place(alice.id, npr("0.40"))))
        await asyncio.sleep(0.1)
        still_waiting = not holding.done()

    assert still_waiting
    assert (await holding).amount == npr("0.40")
    assert (await aio.accounts.balance(alice.id)).available == npr("0.60")
