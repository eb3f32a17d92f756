from uuid import UUID

import pytest

from bankcore.idempotency.keys import IdempotencyKey
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import LockedAccount
from bankcore.ledger.commands import Deposit
from bankcore.ledger.ports import LedgerUnit
from bankcore.ledger.transactions import Source, Transaction
from tests.contract.adapters import LedgerWorld
from tests.worlds.values import npr, words

UNKNOWN = UUID("019c1406-3400-7000-8000-000000000bad")


class WorkError(Exception):
    """Something in the middle of a piece of work went wrong."""


def test_the_result_of_the_work_is_given_back(world: LedgerWorld) -> None:
    opened_at = world.units.run(lambda unit: unit.opened_at, resubmittable=True)

    assert opened_at.utcoffset() is not None
    assert world.units.rehearse(lambda unit: unit.opened_at) >= opened_at


def test_known_accounts_are_locked_in_the_given_order_as_they_are_now(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    transaction = world.ledger.deposit(alice, npr("10"))

    wanted = sorted([alice, bob, AccountId(UNKNOWN)])
    locked = world.units.run(lambda unit: list(unit.lock_accounts(wanted)), resubmittable=True)

    assert [account.id for account in locked] == sorted([alice, bob])
    (account,) = [account for account in locked if account.id == alice]
    stored = world.queries.get_account(alice)
    assert account == LockedAccount(
        id=alice,
        owner_id="alice",
        currency=stored.currency,
        kind=stored.kind,
        status=stored.status,
        floor_minor=0,
        balance_minor=1_000,
        held_minor=0,
        version=1,
        head_hash=stored.head_hash,
        last_posted_at=transaction.posted_at,
    )


def test_a_locked_account_is_the_works_own_copy(world: LedgerWorld, alice: AccountId) -> None:
    def work(unit: LedgerUnit) -> None:
        (account,) = unit.lock_accounts([alice])
        account.balance_minor += 1_000_000

    world.units.run(work, resubmittable=True)

    assert world.queries.get_account(alice).balance == npr("0")


def test_recorded_transactions_are_found_by_id_and_by_source_and_others_left_out(
    world: LedgerWorld, alice: AccountId
) -> None:
    payout = Source("payout", "1")
    transaction = world.ledger.deposit(alice, npr("10"), source=payout, metadata={"a": "b"})
    world.ledger.deposit(alice, npr("10"))

    def work(unit: LedgerUnit) -> list[list[Transaction]]:
        unknown = [Source("payout", "2"), Source("refund", "1")]
        by_id = unit.find_recorded([transaction.id, TransactionId(UNKNOWN)], [])
        by_source = unit.find_recorded([], [payout, *unknown])
        by_both = unit.find_recorded([transaction.id], [payout])
        return [list(by_id), list(by_source), list(by_both)]

    assert world.units.run(work, resubmittable=True) == [[transaction]] * 3


def test_a_claimed_key_is_free_again_when_the_work_ends_without_an_answer(world: LedgerWorld) -> None:
    key = IdempotencyKey("", "k")

    for _ in range(2):
        assert world.units.run(lambda unit: dict(unit.claim_keys([key])), resubmittable=True) == {key: None}


def test_work_that_fails_leaves_nothing(world: LedgerWorld, alice: AccountId) -> None:
    command = Deposit(alice, npr("10"), idempotency_key="d")
    events = list(world.events())

    def work(unit: LedgerUnit) -> None:
        (account,) = unit.lock_accounts([alice])
        unit.claim_keys([IdempotencyKey("", "d")])
        unit.publish([])
        raise WorkError(account.id)

    with pytest.raises(WorkError):
        world.units.run(work, resubmittable=True)
    with pytest.raises(WorkError):
        world.units.rehearse(work)

    assert list(world.events()) == events
    assert words(world.ledger.execute([command])) == ["posted"]
