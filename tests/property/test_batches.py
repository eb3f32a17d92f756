"""A batch gives row for row what its commands give one after another."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from bankcore.events.stamps import Event
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import GENESIS_HASH, Account
from bankcore.ledger.command import Command
from bankcore.ledger.commands import FreezeAccount, OpenAccount, UnfreezeAccount
from bankcore.ledger.events import AccountOpened, AccountStatusChanged, CommandRejected, TransactionPosted
from bankcore.ledger.outcomes import Opened, Outcome, Posted
from bankcore.ledger.transactions import Transaction
from bankcore.testing import InMemoryBank, in_memory_bank, require_sound_books
from bankcore.testing.clock import START
from bankcore.testing.strategies import batches, idempotency_keys
from tests.worlds.values import NPR, npr

FLOORS = ("0", "-50.00", None)
ACCOUNTS = [AccountId(UUID(int=number)) for number in range(1, 6)]
MIXED = st.lists(
    st.one_of(
        batches(ACCOUNTS, NPR, size_max=6),
        st.builds(
            lambda account_id, key: [OpenAccount("new", NPR, account_id=account_id, idempotency_key=key)],
            st.sampled_from([None, *ACCOUNTS[len(FLOORS) :]]),
            idempotency_keys(),
        ),
        st.builds(
            lambda command, account_id, key: [command(account_id, idempotency_key=key)],
            st.sampled_from([FreezeAccount, UnfreezeAccount, UnfreezeAccount]),
            st.sampled_from(ACCOUNTS),
            idempotency_keys(),
        ),
    ),
    max_size=4,
).map(lambda parts: [command for part in parts for command in part])


def new_bank() -> InMemoryBank:
    """Three holders with money and different floors; two more accounts are named and not yet there."""
    bank = in_memory_bank()
    for account_id, floor in zip(ACCOUNTS, FLOORS, strict=False):
        bank.accounts.open(currency="NPR", owner_id="holder", floor=floor, account_id=account_id)
        bank.ledger.deposit(account_id, npr("60"))
    return bank


def one_by_one(bank: InMemoryBank, commands: Iterable[Command]) -> list[Outcome]:
    return [outcome for command in commands for outcome in bank.ledger.execute([command])]


# A batch is posted at one instant, single commands at one each, and a hash covers the instant: these two differ by
# design. Everything else has to be the same, down to the ids, which both banks count alike.
def without_instants(transaction: Transaction) -> Transaction:
    entries = tuple(entry._replace(posted_at=START, hash=GENESIS_HASH) for entry in transaction.entries)
    return transaction._replace(posted_at=START, effective_at=START, entries=entries)


def settled(account: Account) -> Account:
    return replace(account, created_at=START, head_hash=GENESIS_HASH)


def comparable_outcome(outcome: Outcome) -> Outcome:
    match outcome:
        case Posted(transaction, replayed):
            return Posted(without_instants(transaction), replayed)
        case Opened(account, replayed):
            return Opened(settled(account), replayed)
        case _:
            return outcome


def comparable_event(event: Event) -> Event:
    stamp = event.stamp._replace(occurred_at=START)
    match event:
        case AccountOpened(account=account):
            return AccountOpened(stamp=stamp, account=settled(account))
        case TransactionPosted(transaction=transaction):
            return TransactionPosted(stamp=stamp, transaction=without_instants(transaction))
        case AccountStatusChanged() | CommandRejected():
            return replace(event, stamp=stamp)
        case _:
            return event


@given(commands=MIXED)
def test_a_batch_gives_what_its_commands_give_one_after_another(commands: list[Command]) -> None:
    whole, single = new_bank(), new_bank()

    in_a_batch = whole.ledger.execute(commands)
    one_after_another = one_by_one(single, commands)

    assert [*map(comparable_outcome, in_a_batch)] == [*map(comparable_outcome, one_after_another)]
    assert [*map(comparable_event, whole.events)] == [*map(comparable_event, single.events)]
    assert rows(whole) == rows(single)
    require_sound_books(whole.snapshot())
    require_sound_books(single.snapshot())


@given(commands=MIXED)
def test_a_batch_sent_again_is_replayed_where_it_has_keys(commands: list[Command]) -> None:
    bank = new_bank()
    first = bank.ledger.execute(commands)

    again = bank.ledger.execute([command for command in commands if command.idempotency_key is not None])

    with_keys = [outcome for command, outcome in zip(commands, first, strict=True) if command.idempotency_key]
    assert [comparable_replay(outcome) for outcome in again] == [comparable_replay(outcome) for outcome in with_keys]


@given(commands=MIXED)
def test_a_dry_run_tells_what_then_happens(commands: list[Command]) -> None:
    bank, twin = new_bank(), new_bank()

    rehearsed = bank.ledger.execute(commands, dry_run=True)

    assert bank.snapshot() == twin.snapshot()
    assert rehearsed == twin.ledger.execute(commands)


def rows(bank: InMemoryBank) -> tuple[object, ...]:
    """All that is stored, without instants and hashes; the answers kept with the keys are compared as outcomes."""
    entries = [entry._replace(posted_at=START, hash=GENESIS_HASH) for entry in bank.books.entries.values()]
    accounts = [settled(account) for account in bank.books.accounts.values()]
    transactions = [without_instants(transaction) for transaction in bank.books.transactions.values()]
    keys = [record._replace(outcome=b"") for record in bank.books.keys.values()]
    return sorted(entries), sorted(accounts, key=lambda account: account.id), transactions, sorted(keys)


def comparable_replay(outcome: Outcome) -> Outcome:
    return replace(outcome, replayed=True)
