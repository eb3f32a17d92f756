"""The subjects of the bank itself, through its public library, with everything on."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from bankcore import Money, Transfer
from bankcore.audit.queries import AuditFilter, AuditQueries
from bankcore.errors import UnavailableError
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Deposit, OpenAccount
from bankcore.ledger.outcomes import Opened, Posted
from bankcore.ledger.queries import HistoryFilter
from bankcore.money import Currency
from bankcore.origin import LIBRARY
from bankcore_infra.wiring import Bank, TenantBank
from bench.figures import Subject
from bench.threads import Call, ThreadedCalls
from bench.world import BankPlace

ACCOUNTS: Final = 10_000
TENANT: Final = "main"
USD: Final = Currency.of("USD")
_FUNDS: Final = Money.of("1000000.00", "USD")
_ONE: Final = Money.of("0.01", "USD")
_AT_ONCE: Final = 1_000
PAGE: Final = 20


def open_accounts(bank: Bank, number: int = ACCOUNTS, *, owner_id: str = "holder") -> list[AccountId]:
    """Open so many accounts with money on each, and return their ids."""
    return open_account_of_each(bank, [owner_id] * number)


def open_account_of_each(bank: Bank, owner_ids: Sequence[str]) -> list[AccountId]:
    """Open an account with money on it for each of these owners, and return their ids."""
    ledger = bank.tenant(TENANT).ledger
    ids: list[AccountId] = []
    while len(ids) < len(owner_ids):
        owners = owner_ids[len(ids) : len(ids) + _AT_ONCE]
        opened = ledger.execute([OpenAccount(owner_id, USD) for owner_id in owners])
        new = [outcome.account.id for outcome in opened if isinstance(outcome, Opened)]
        funded = ledger.execute([Deposit(account_id, _FUNDS) for account_id in new])
        _require_posted(funded, len(owners))
        ids.extend(new)
    return ids


@contextmanager
def our_transfers(
    place: BankPlace, ids: Sequence[AccountId], *, threads: int, is_hot: bool = False, tenant: str = TENANT
) -> Iterator[Subject]:
    """Single calls of `transfer` from so many threads of one process, each with a key of its own."""
    with place.open() as bank:
        books = bank.tenant(tenant)
        yield ThreadedCalls([transfer_call(books, ids, is_hot=is_hot) for _ in range(threads)])


@contextmanager
def our_batches(
    place: BankPlace, ids: Sequence[AccountId], *, size: int, threads: int = 1, tenant: str = TENANT
) -> Iterator[Subject]:
    """Batches of so many transfers, each with a key of its own."""
    with place.open() as bank:
        books = bank.tenant(tenant)
        yield ThreadedCalls([_batch(books, ids, size) for _ in range(threads)])


def our_balances(place: BankPlace, ids: Sequence[AccountId]) -> AbstractContextManager[Subject]:
    """The balance of an account now."""
    return _read(place, TENANT, lambda books, chance: books.accounts.balance(chance.choice(ids)))


def our_past_balances(
    place: BankPlace, ids: Sequence[AccountId], since: datetime, until: datetime, *, tenant: str = TENANT
) -> AbstractContextManager[Subject]:
    """The balance of an account at some instant of that time."""
    span_us = (until - since) // timedelta(microseconds=1)

    def read(books: TenantBank, chance: random.Random) -> object:
        return books.accounts.balance(chance.choice(ids), at=since + timedelta(microseconds=chance.randrange(span_us)))

    return _read(place, tenant, read)


def our_histories(
    place: BankPlace, ids: Sequence[AccountId], *, owners: Sequence[str] | None = None, tenant: str = TENANT
) -> AbstractContextManager[Subject]:
    """The first page of an account's history, as its owner sees it."""

    def read(books: TenantBank, chance: random.Random) -> object:
        number = chance.randrange(len(ids))
        owner_id = "holder" if owners is None else owners[number]
        return books.queries.history(HistoryFilter(owner_id=owner_id, account_id=ids[number]), limit=PAGE)

    return _read(place, tenant, read)


def our_audit_queries(place: BankPlace, ids: Sequence[AccountId], *, tenant: str) -> AbstractContextManager[Subject]:
    """The first page of what the audit log has of an account."""

    def read(books: TenantBank, chance: random.Random) -> object:
        return books.get(AuditQueries).list_events(
            AuditFilter(account_id=chance.choice(ids)), limit=PAGE, origin=LIBRARY
        )

    return _read(place, tenant, read)


@contextmanager
def _read(place: BankPlace, tenant: str, read: Callable[[TenantBank, random.Random], object]) -> Iterator[Subject]:
    """Reads of one thread."""
    with place.open() as bank:
        books, chance = bank.tenant(tenant), random.Random()

        def call() -> int:
            read(books, chance)
            return 1

        yield ThreadedCalls([call])


def transfer_call(tenant: TenantBank, ids: Sequence[AccountId], *, is_hot: bool = False) -> Call:
    """Makes one transfer between two of these accounts, or out of the first one of them, whenever it is called."""
    chance, keys, transfer = random.Random(), _keys(), tenant.ledger.transfer
    cold = ids[1:]

    def call() -> int:
        source, target = (ids[0], chance.choice(cold)) if is_hot else _pair(ids, chance)
        try:
            transfer(source, target, _ONE, idempotency_key=next(keys))
        except UnavailableError:
            # On a machine that is too busy locks are waited for in vain; nothing was recorded, so nothing counts.
            return 0
        return 1

    return call


def _batch(tenant: TenantBank, ids: Sequence[AccountId], size: int) -> Call:
    chance, keys, execute = random.Random(), _keys(), tenant.ledger.execute

    def call() -> int:
        commands = []
        for _ in range(size):
            source, target = _pair(ids, chance)
            commands.append(Transfer(source, target, _ONE, idempotency_key=next(keys)))
        try:
            _require_posted(execute(commands), size)
        except UnavailableError:
            return 0
        return size

    return call


def _pair(ids: Sequence[AccountId], chance: random.Random) -> tuple[AccountId, AccountId]:
    """Two different accounts, chosen by less work than `sample`, which would take as long as making the command."""
    source, target = int(chance.random() * len(ids)), int(chance.random() * (len(ids) - 1))
    return ids[source], ids[target if target < source else target + 1]


def _keys() -> Iterator[str]:
    """Keys that nobody else makes."""
    prefix = f"{random.SystemRandom().getrandbits(64):016x}"
    return (f"{prefix}-{number}" for number in count())


def _require_posted(outcomes: Sequence[object], wanted: int) -> None:
    """Refusals are quick; a figure made of them would be a lie."""
    posted = sum(isinstance(outcome, Posted) for outcome in outcomes)
    if posted != wanted:
        raise ValueError(f"{wanted} were asked for, {posted} posted")
