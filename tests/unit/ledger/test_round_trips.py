"""A batch asks its unit of work for everything at once, in the one order that keeps units of work from blocking."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from bankcore.idempotency.keys import Claim, IdempotencyKey, KeyRecord
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import Account, LockedAccount, settlement_account_id
from bankcore.ledger.batch import Batch, BatchRequest
from bankcore.ledger.book import Facts, Named
from bankcore.ledger.command import Command
from bankcore.ledger.commands import Deposit, OpenAccount, PostTransaction, Transfer, Withdraw
from bankcore.ledger.events import LedgerEvent
from bankcore.ledger.holds import Hold
from bankcore.ledger.limits import LimitFacts, Usage
from bankcore.ledger.ports import ExpectedLock, LedgerUnit
from bankcore.ledger.requests import Request
from bankcore.ledger.transactions import Posting, Source, Transaction
from bankcore.origin import LIBRARY
from bankcore.testing import InMemoryBank
from tests.worlds.values import NPR, npr


class WatchedUnit(LedgerUnit):
    """Passes everything on, and remembers the calls in order and what was locked, claimed and looked up."""

    def __init__(self, unit: LedgerUnit) -> None:
        self._unit = unit
        self.calls: list[str] = []
        self.locked: list[AccountId] = []
        self.expected: list[ExpectedLock] = []
        self.claimed: list[IdempotencyKey] = []
        self.sources: list[Source] = []

    @property
    def opened_at(self) -> datetime:
        return self._unit.opened_at

    def claim_keys(self, keys: Sequence[IdempotencyKey]) -> Mapping[IdempotencyKey, Claim]:
        self.calls.append("claim_keys")
        self.claimed.extend(keys)
        return self._unit.claim_keys(keys)

    def store_outcomes(self, records: Iterable[KeyRecord]) -> None:
        self.calls.append("store_outcomes")
        self._unit.store_outcomes(records)

    def expect(self, keys: Sequence[IdempotencyKey], locks: Iterable[ExpectedLock]) -> None:
        expected = list(locks)
        self.expected.extend(expected)
        self._unit.expect(keys, expected)

    def lock_accounts(self, account_ids: Sequence[AccountId]) -> Sequence[LockedAccount]:
        self.calls.append("lock_accounts")
        self.locked.extend(account_ids)
        return self._unit.lock_accounts(account_ids)

    def find_recorded(
        self, transaction_ids: Sequence[TransactionId], sources: Sequence[Source]
    ) -> Sequence[Transaction]:
        self.calls.append("find_recorded")
        self.sources.extend(sources)
        return self._unit.find_recorded(transaction_ids, sources)

    def add_accounts(self, accounts: Sequence[Account]) -> None:
        self.calls.append("add_accounts")
        self._unit.add_accounts(accounts)

    def add_transactions(self, transactions: Sequence[Transaction]) -> None:
        self.calls.append("add_transactions")
        self._unit.add_transactions(transactions)

    def update_accounts(self, accounts: Sequence[LockedAccount]) -> None:
        self.calls.append("update_accounts")
        self._unit.update_accounts(accounts)

    def find_accounts_named(self, named: Named) -> Sequence[AccountId]:
        self.calls.append("find_accounts_named")
        return self._unit.find_accounts_named(named)

    def read_facts(self, named: Named, due: Sequence[AccountId]) -> Facts:
        self.calls.append("read_facts")
        return self._unit.read_facts(named, due)

    def write_holds(self, holds: Sequence[Hold]) -> None:
        self.calls.append("write_holds")
        self._unit.write_holds(holds)

    def read_limits(self, account_ids: Sequence[AccountId]) -> LimitFacts:
        self.calls.append("read_limits")
        return self._unit.read_limits(account_ids)

    def write_usages(self, usages: Sequence[tuple[AccountId, Usage]]) -> None:
        self.calls.append("write_usages")
        self._unit.write_usages(usages)

    def publish(self, events: Iterable[LedgerEvent]) -> None:
        self.calls.append("publish")
        self._unit.publish(events)


@pytest.fixture
def accounts(bank: InMemoryBank) -> list[AccountId]:
    """Twenty accounts, in an order that is not that of their ids."""
    opened = [bank.accounts.open(currency="NPR", owner_id="alice", floor=None).id for _ in range(20)]
    Random(7).shuffle(opened)
    return opened


def watch(bank: InMemoryBank, commands: Sequence[Command]) -> WatchedUnit:
    """Run a batch of these commands, and tell what it asked for."""

    def work(unit: LedgerUnit) -> WatchedUnit:
        watched = WatchedUnit(unit)
        Batch(
            BatchRequest(bank.tenant_id, [Request(command, LIBRARY) for command in commands], timedelta(hours=24)),
            watched,
            bank.ids,
        ).run()
        return watched

    return bank.units.run(work, resubmittable=True)


def test_every_named_account_is_locked_once_in_the_order_of_the_ids(
    bank: InMemoryBank, accounts: list[AccountId]
) -> None:
    lines = tuple(Posting(account_id, npr("1")) for account_id in accounts[10:15])

    watched = watch(
        bank,
        [
            Deposit(accounts[0], npr("1")),
            *[Transfer(payer, payee, npr("1")) for payer, payee in pairwise(accounts[:10])],
            Withdraw(accounts[0], npr("1")),
            PostTransaction((*lines, Posting(accounts[15], npr("-5")))),
            OpenAccount("alice", NPR, account_id=accounts[16]),
            OpenAccount("alice", NPR),
        ],
    )

    assert watched.locked == sorted([*accounts[:17], settlement_account_id(bank.tenant_id, NPR)])


def test_keys_and_sources_are_asked_for_once_and_in_order(bank: InMemoryBank, accounts: list[AccountId]) -> None:
    names = [f"{number:02d}" for number in range(20)]
    Random(7).shuffle(names)

    watched = watch(
        bank,
        [
            Deposit(accounts[0], npr("1"), idempotency_key=f"key-{name}", source=Source("test", name))
            for name in [*names, *names]
        ],
    )

    assert watched.claimed == [IdempotencyKey("", f"key-{name}") for name in sorted(names)]
    assert watched.sources == [Source("test", name) for name in sorted(names)]


def test_a_large_batch_asks_as_often_as_a_small_one(bank: InMemoryBank, accounts: list[AccountId]) -> None:
    def commands(count: int, prefix: str) -> list[Command]:
        deposits = [
            Deposit(
                accounts[number % 20], npr("1"), idempotency_key=f"{prefix}{number}", source=Source(prefix, f"{number}")
            )
            for number in range(count)
        ]
        return [*deposits, OpenAccount("alice", NPR, idempotency_key=f"{prefix}o"), Withdraw(accounts[0], npr("9000"))]

    bank.ledger.execute(commands(1, "seen"))

    one = watch(bank, [*commands(1, "seen"), *commands(1, "small")])
    many = watch(bank, [*commands(1, "seen"), *commands(100, "large")])

    assert (
        many.calls
        == one.calls
        == [
            "claim_keys",
            "lock_accounts",
            "find_recorded",
            "add_accounts",
            "add_transactions",
            "update_accounts",
            "publish",
            "store_outcomes",
        ]
    )


def test_what_is_only_replayed_locks_and_writes_nothing(bank: InMemoryBank, accounts: list[AccountId]) -> None:
    command = Deposit(accounts[0], npr("1"), idempotency_key="k", source=Source("test", "1"))
    bank.ledger.execute([command])

    assert watch(bank, [command, command]).calls == ["claim_keys", "find_recorded"]


def test_a_new_account_alone_needs_no_lock(bank: InMemoryBank) -> None:
    assert watch(bank, [OpenAccount("alice", NPR)]).calls == ["add_accounts", "publish"]
