"""One suite for every adapter of the ledger's ports, so that the ones in memory tell the truth about PostgreSQL."""

from datetime import datetime, timedelta
from typing import Final

import pytest

from bankcore.identifiers import AccountId
from bankcore.testing import FrozenClock, in_memory_bank
from tests.contract.adapters import LedgerWorld

# Each is the name of a fixture that gives a LedgerWorld; an adapter that is added here has to pass the whole suite.
ADAPTERS: Final = [
    pytest.param("in_memory_world", id="in-memory"),
]


class TickingClock(FrozenClock):
    """Moves a little each time it is read, so that units of work begin one after another as they do elsewhere."""

    def now(self) -> datetime:
        return self.advance(timedelta(microseconds=10))


@pytest.fixture(params=ADAPTERS)
def world(request: pytest.FixtureRequest) -> LedgerWorld:
    """A tenant without accounts, on each adapter in turn."""
    made = request.getfixturevalue(request.param)
    assert isinstance(made, LedgerWorld)
    return made


@pytest.fixture
def in_memory_world() -> LedgerWorld:
    """The adapters that are shipped to users for their tests."""
    bank = in_memory_bank(clock=TickingClock())

    def let_keys_age(duration: timedelta) -> None:
        bank.clock.advance(duration)

    return LedgerWorld(
        ledger=bank.ledger,
        accounts=bank.accounts,
        queries=bank.queries,
        units=bank.units,
        events=lambda: bank.events,
        let_keys_age=let_keys_age,
        hold_key=bank.units.holding_key,
        change_status=bank.books.change_status,
    )


@pytest.fixture
def alice(world: LedgerWorld) -> AccountId:
    """Alice's account in rupees, without an overdraft."""
    return world.accounts.open(currency="NPR", owner_id="alice").id


@pytest.fixture
def bob(world: LedgerWorld) -> AccountId:
    """Bob's account in rupees, which may go down to -5.00."""
    return world.accounts.open(currency="NPR", owner_id="bob", floor="-5.00").id
