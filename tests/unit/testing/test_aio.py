"""The books in memory for asyncio, and that a face leaves nothing of its service out."""

import inspect

import pytest

from bankcore import Money
from bankcore.faces import Face
from bankcore.ledger.account_service import AccountService
from bankcore.ledger.aio import AioAccounts, AioLedger, AioQueries, TenantBooks
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService
from bankcore.testing import in_memory_bank

INSIDE: frozenset[str] = frozenset({"post_together"})
"""What the group commit asks, and no caller."""


def names_of(kind: type) -> set[str]:
    return {name for name, _value in inspect.getmembers(kind) if not name.startswith("_")}


@pytest.mark.parametrize(
    ("face", "service"), [(AioLedger, LedgerService), (AioAccounts, AccountService), (AioQueries, LedgerQueries)]
)
def test_a_face_has_every_method_of_its_service(face: type, service: type) -> None:
    assert names_of(face) - names_of(Face) == names_of(service) - INSIDE


def test_a_method_of_a_face_tells_what_the_service_tells() -> None:
    assert AioLedger.transfer.__doc__ == LedgerService.transfer.__doc__


async def test_a_flow_that_takes_part_in_a_transaction_of_ones_own_runs_in_memory_too() -> None:
    session = object()
    main = in_memory_bank()
    alice = main.using(session).accounts.open(currency="NPR", owner_id="alice")

    main.ledger.using(session).deposit(alice.id, Money.of("1.00", "NPR"))
    await main.ledger.aio.using(session).deposit(alice.id, Money.of("2.00", "NPR"))
    await main.aio.using(session).ledger.deposit(alice.id, Money.of("3.00", "NPR"))

    assert (await main.aio.using(session).accounts.balance(alice.id)).balance == Money.of("6.00", "NPR")


async def test_a_flow_of_ones_own_runs_in_memory_as_it_does_on_a_server() -> None:
    async def pay_rent(bank: TenantBooks) -> Money:
        alice = await main.aio.accounts.open(currency="NPR", owner_id="alice")
        await main.aio.ledger.deposit(alice.id, Money.of("10.00", "NPR"))
        return bank.accounts.balance(alice.id).balance

    main = in_memory_bank()

    assert await pay_rent(main) == Money.of("10.00", "NPR")
