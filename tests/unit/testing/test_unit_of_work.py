"""The units of work in memory refuse what a database would refuse, whatever the program above them believes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from bankcore.errors import LedgerInvariantError
from bankcore.idempotency.keys import IdempotencyKey, KeyRecord
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import Account, LockedAccount, settlement_account
from bankcore.ledger.commands import Deposit
from bankcore.ledger.ports import LedgerUnit
from bankcore.ledger.transactions import Entry, Source, Transaction
from bankcore.money import MINOR_MAX
from bankcore.testing import InMemoryBank, in_memory_bank, require_sound_books
from tests.worlds.values import NPR, USD, npr, posted

OTHER = UUID(int=404)
PAYOUT = Source("payout", "1")


@pytest.fixture
def alice(bank: InMemoryBank) -> AccountId:
    """An account with one entry of 10.00 that a source has caused."""
    opened = bank.accounts.open(currency="NPR", owner_id="alice")
    bank.ledger.deposit(opened.id, npr("10"), source=PAYOUT)
    return opened.id


@pytest.fixture
def proposed(bank: InMemoryBank, alice: AccountId) -> Transaction:
    """A deposit that the books would take next."""
    return posted(bank.ledger.execute([Deposit(alice, npr("5"))], dry_run=True)[0]).transaction


def run(bank: InMemoryBank, work: Callable[[LedgerUnit], object]) -> None:
    bank.units.run(work, resubmittable=True)


def with_credit(transaction: Transaction, forge: Callable[[Entry], Entry]) -> Transaction:
    """The transaction with its credit changed."""
    debit, credit = transaction.entries
    return transaction._replace(entries=(debit, forge(credit)))


def test_a_proposed_transaction_is_taken(bank: InMemoryBank, alice: AccountId, proposed: Transaction) -> None:
    def work(unit: LedgerUnit) -> None:
        locked = unit.lock_accounts([entry.account_id for entry in proposed.entries])
        unit.add_transactions([proposed])
        unit.update_accounts([moved(account, proposed) for account in locked])

    run(bank, work)

    assert bank.accounts.get(alice).balance == npr("15")
    require_sound_books(bank.snapshot())


def moved(account: LockedAccount, transaction: Transaction) -> LockedAccount:
    """The account as the transaction leaves it."""
    (entry,) = [entry for entry in transaction.entries if entry.account_id == account.id]
    return replace(account, balance_minor=entry.balance_after_minor, version=entry.sequence, head_hash=entry.hash)


@pytest.mark.parametrize(
    ("forge", "complaint"),
    [
        (lambda made: made._replace(source=PAYOUT), "caused a transaction already"),
        (lambda made: made._replace(id=TransactionId(OTHER)), "is not of"),
        (lambda made: made._replace(posted_at=made.posted_at + timedelta(1)), "is not of"),
        (lambda made: made._replace(entries=made.entries[1:]), "do not sum to zero"),
        (lambda made: with_credit(made, lambda entry: entry._replace(sequence=3)), "leaves a gap"),
        (lambda made: with_credit(made, lambda entry: entry._replace(sequence=1)), "exists"),
        (
            lambda made: with_credit(made, lambda entry: entry._replace(balance_before_minor=1_001)),
            "does not start at 1000",
        ),
        (lambda made: with_credit(made, lambda entry: entry._replace(balance_after_minor=1_501)), "impossible balance"),
    ],
    ids=["source", "id", "instant", "one side", "gap", "double", "before", "after"],
)
def test_a_transaction_that_does_not_continue_the_books_is_refused(
    forge: Callable[[Transaction], Transaction], complaint: str, bank: InMemoryBank, proposed: Transaction
) -> None:
    before = bank.snapshot()

    with pytest.raises(LedgerInvariantError, match=complaint):
        run(bank, lambda unit: unit.add_transactions([forge(proposed)]))

    assert bank.snapshot() == before


def test_a_transaction_is_recorded_once(bank: InMemoryBank, alice: AccountId) -> None:
    (entry,) = bank.queries.list_entries(alice, limit=1)
    recorded = bank.queries.get_transaction(entry.transaction_id).transaction

    with pytest.raises(LedgerInvariantError, match="recorded already"):
        run(bank, lambda unit: unit.add_transactions([recorded]))


def test_an_entry_needs_an_account_of_its_currency(bank: InMemoryBank, proposed: Transaction) -> None:
    in_dollars = proposed._replace(entries=tuple(entry._replace(currency=USD) for entry in proposed.entries))
    elsewhere = tuple(entry._replace(account_id=AccountId(OTHER)) for entry in proposed.entries)

    with pytest.raises(LedgerInvariantError, match="no account of its currency"):
        run(bank, lambda unit: unit.add_transactions([in_dollars]))
    with pytest.raises(LedgerInvariantError, match="no account of its currency"):
        run(bank, lambda unit: unit.add_transactions([proposed._replace(entries=elsewhere)]))


def test_an_entry_moves_something_and_leaves_a_balance_of_64_bits(bank: InMemoryBank, proposed: Transaction) -> None:
    nothing = tuple(
        entry._replace(amount_minor=0, balance_after_minor=entry.balance_before_minor) for entry in proposed.entries
    )
    debit, credit = proposed.entries
    too_much = (
        debit._replace(amount_minor=-MINOR_MAX, balance_after_minor=debit.balance_before_minor - MINOR_MAX),
        credit._replace(amount_minor=MINOR_MAX, balance_after_minor=credit.balance_before_minor + MINOR_MAX),
    )

    with pytest.raises(LedgerInvariantError, match="moves nothing"):
        run(bank, lambda unit: unit.add_transactions([proposed._replace(entries=nothing)]))
    with pytest.raises(LedgerInvariantError, match="impossible balance"):
        run(bank, lambda unit: unit.add_transactions([proposed._replace(entries=too_much)]))


@pytest.mark.parametrize(
    ("forge", "complaint"),
    [
        (lambda account: replace(account, balance_minor=account.balance_minor + 1), "last entry left it"),
        (lambda account: replace(account, head_hash=bytes(32)), "last entry left it"),
        (lambda account: replace(account, version=1), "is not its last entry"),
        (lambda account: replace(account, version=3), "is not its last entry"),
        (lambda account: replace(account, held_minor=1_501), "below its floor"),
    ],
    ids=["balance", "head", "old version", "version to come", "floor"],
)
def test_a_balance_that_contradicts_the_entries_or_the_floor_is_refused(
    forge: Callable[[LockedAccount], LockedAccount],
    complaint: str,
    bank: InMemoryBank,
    alice: AccountId,
    proposed: Transaction,
) -> None:
    def work(unit: LedgerUnit) -> None:
        (account,) = unit.lock_accounts([alice])
        unit.add_transactions([proposed])
        unit.update_accounts([forge(moved(account, proposed))])

    with pytest.raises(LedgerInvariantError, match=complaint):
        run(bank, work)


def test_only_a_locked_account_is_changed(bank: InMemoryBank, alice: AccountId, proposed: Transaction) -> None:
    kept: list[LockedAccount] = []
    run(bank, lambda unit: kept.extend(unit.lock_accounts([alice])))

    def work(unit: LedgerUnit) -> None:
        unit.add_transactions([proposed])
        unit.update_accounts([moved(kept[0], proposed)])

    with pytest.raises(LedgerInvariantError, match="without having been locked"):
        run(bank, work)


@pytest.mark.parametrize(
    ("forge", "complaint"),
    [
        (lambda account: account, "open already"),
        (lambda account: replace(account, id=AccountId(OTHER)), "is taken"),
        (lambda account: replace(account, id=AccountId(OTHER), number="1", balance_minor=5), "not empty"),
    ],
    ids=["id", "number", "balance"],
)
def test_a_new_account_is_new_and_empty(
    forge: Callable[[Account], Account], complaint: str, bank: InMemoryBank, alice: AccountId
) -> None:
    forged = forge(replace(bank.accounts.get(alice), balance_minor=0, version=0, head_hash=bytes(32)))

    with pytest.raises(LedgerInvariantError, match=complaint):
        run(bank, lambda unit: unit.add_accounts([forged]))


def test_a_settlement_account_that_is_there_is_left_as_it_is(bank: InMemoryBank, alice: AccountId) -> None:
    before = bank.snapshot()
    settlement = settlement_account(bank.tenant_id, NPR, opened_at=bank.clock.now())

    run(bank, lambda unit: unit.add_accounts([settlement]))

    assert bank.snapshot() == before


def test_only_a_claimed_key_is_answered(bank: InMemoryBank) -> None:
    key = IdempotencyKey("", "k")
    record = KeyRecord(key, bytes(32), b"{}", bank.clock.now() + timedelta(hours=24))

    with pytest.raises(LedgerInvariantError, match="without having been claimed"):
        run(bank, lambda unit: unit.store_outcomes([record]))

    def work(unit: LedgerUnit) -> None:
        unit.claim_keys([key])
        unit.store_outcomes([record])

    run(bank, work)
    claims: dict[IdempotencyKey, object] = {}
    run(bank, lambda unit: claims.update(unit.claim_keys([key])))
    assert claims == {key: record}


def test_threads_take_turns() -> None:
    bank = in_memory_bank()
    accounts = [bank.accounts.open(currency="NPR", owner_id="alice", floor=None).id for _ in range(3)]

    def move(number: int) -> None:
        bank.ledger.transfer(accounts[number % 3], accounts[(number + 1) % 3], npr("1"), idempotency_key=f"{number}")
        bank.queries.list_entries(accounts[0], limit=5)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(move, range(300)))

    assert [bank.accounts.balance(account_id).balance for account_id in accounts] == [npr("0")] * 3
    require_sound_books(bank.snapshot())


def test_a_key_is_held_no_longer_than_asked_for(bank: InMemoryBank) -> None:
    key = IdempotencyKey("", "k")

    with pytest.raises(RuntimeError), bank.units.holding_key("k"):
        raise RuntimeError

    assert bank.units.rehearse(lambda unit: dict(unit.claim_keys([key]))) == {key: None}
