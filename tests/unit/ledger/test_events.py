import pytest

from bankcore.events.stamps import Event
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Deposit, OpenAccount, Withdraw
from bankcore.ledger.events import AccountOpened, CommandRejected, TransactionPosted
from bankcore.ledger.outcomes import Opened
from bankcore.origin import LIBRARY, Origin
from bankcore.testing import InMemoryBank
from tests.worlds.values import NPR, npr, posted


@pytest.fixture
def alice(bank: InMemoryBank) -> AccountId:
    return bank.accounts.open(currency="NPR", owner_id="alice").id


def new_events(bank: InMemoryBank, seen: tuple[Event, ...]) -> tuple[Event, ...]:
    assert bank.events[: len(seen)] == seen
    return bank.events[len(seen) :]


def test_every_change_and_every_refusal_is_an_event_in_order(bank: InMemoryBank, alice: AccountId) -> None:
    seen = bank.events
    commands = [OpenAccount("bob", NPR), Withdraw(alice, npr("5")), Deposit(alice, npr("5"))]

    opened, refused, deposited = bank.ledger.execute(commands)

    first, second, third = new_events(bank, seen)
    assert isinstance(opened, Opened)
    assert isinstance(refused, Rejected)
    assert isinstance(first, AccountOpened)
    assert first.account == opened.account
    assert isinstance(second, CommandRejected)
    assert (second.kind, second.change) == (commands[1].kind, commands[1].plan(bank.tenant_id))
    assert second.reason == refused.reason
    assert isinstance(third, TransactionPosted)
    assert third.transaction == posted(deposited).transaction


def test_an_event_is_stamped_with_who_when_and_where(bank: InMemoryBank, alice: AccountId) -> None:
    seen = bank.events
    teller = Origin(actor_type="user", actor_id="teller-7", request_id="req_12345678", ip_address="192.0.2.1")

    bank.ledger.execute([Deposit(alice, npr("5")), Withdraw(alice, npr("50"))], origin=teller)

    stamps = [event.stamp for event in new_events(bank, seen)]
    assert {(stamp.tenant_id, stamp.occurred_at, stamp.origin) for stamp in stamps} == {
        (bank.tenant_id, bank.clock.now(), teller)
    }
    assert len({event.stamp.id for event in bank.events}) == len(bank.events)
    assert seen[0].stamp.origin == LIBRARY


def test_a_replay_is_no_event(bank: InMemoryBank, alice: AccountId) -> None:
    commands = [Deposit(alice, npr("5"), idempotency_key="d"), Withdraw(alice, npr("50"), idempotency_key="w")]
    bank.ledger.execute(commands)
    seen = bank.events

    bank.ledger.execute([*commands, *commands])

    assert new_events(bank, seen) == ()


def test_a_conflict_over_a_key_is_an_event(bank: InMemoryBank, alice: AccountId) -> None:
    bank.ledger.deposit(alice, npr("5"), idempotency_key="d")
    seen = bank.events

    with bank.units.holding_key("busy"):
        outcomes = bank.ledger.execute(
            [Deposit(alice, npr("6"), idempotency_key="d"), Deposit(alice, npr("6"), idempotency_key="busy")]
        )

    refusals = [event for event in new_events(bank, seen) if isinstance(event, CommandRejected)]
    assert [Rejected(event.reason) for event in refusals] == outcomes


def test_a_failed_atomic_batch_leaves_the_refusal_that_failed_it(bank: InMemoryBank, alice: AccountId) -> None:
    seen = bank.events
    commands = [Deposit(alice, npr("5")), OpenAccount("bob", NPR), Withdraw(alice, npr("50")), Deposit(alice, npr("5"))]

    outcomes = bank.ledger.execute(commands, atomic=True)

    (event,) = new_events(bank, seen)
    assert isinstance(event, CommandRejected)
    assert (event.kind, event.change) == (commands[2].kind, commands[2].plan(bank.tenant_id))
    assert Rejected(event.reason) == outcomes[2]
