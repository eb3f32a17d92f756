"""Expectations of commands, on each adapter: an account is as its caller takes it for, or nothing happens."""

from typing import Any
from uuid import UUID

import pytest

from bankcore.errors import InvalidRequestError, NotFoundError
from bankcore.holds.commands import CaptureHold, PlaceHold
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Deposit, Transfer, Withdraw
from bankcore.ledger.expectations import EXPECTATIONS_MAX, Expect
from bankcore.ledger.outcomes import accepted_hold
from bankcore.ledger.rejections import PreconditionFailedError
from bankcore.money import CurrencyMismatchError, Money
from bankcore.origin import Origin
from tests.contract.adapters import LedgerWorld
from tests.contract.held_funds import funds, require_sound
from tests.worlds.values import npr, words

FAILED = "precondition_failed"


@pytest.fixture(autouse=True)
def ten(world: LedgerWorld, alice: AccountId) -> None:
    """Alice has 10.00 in one entry."""
    world.ledger.deposit(alice, npr("10"))


def test_an_account_has_the_version_that_was_read_or_nothing_happens(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    read = world.queries.get_account(alice).version

    first = world.ledger.execute_one(Transfer(alice, bob, npr("1"), expects=[Expect(alice, version=read)]))
    second = world.ledger.execute_one(Transfer(alice, bob, npr("1"), expects=[Expect(alice, version=read)]))

    assert words([first, second]) == ["posted", FAILED]
    assert second == Rejected(
        PreconditionFailedError(account_id=alice, expected_version=1, version=2, available_min=None, available=npr("9"))
    )
    assert funds(world, bob)[0] == npr("1")


def test_so_much_is_available_afterwards_or_nothing_happens(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    def leaving(amount: str, least: str) -> Transfer:
        return Transfer(alice, bob, npr(amount), expects=[Expect(alice, available_min=npr(least))])

    outcomes = world.ledger.execute([PlaceHold(alice, npr("2")), leaving("5", "3.01"), leaving("5", "3")])

    assert words(outcomes) == ["hold open", FAILED, "posted"]
    assert funds(world, alice) == (npr("5"), npr("2"), npr("3"))
    require_sound(world)


def test_later_commands_of_a_batch_are_held_against_what_earlier_ones_left(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    commands = [Transfer(alice, bob, npr("1"), expects=[Expect(alice, version=version)]) for version in (1, 2, 2, 3)]

    assert words(world.ledger.execute(commands)) == ["posted", "posted", FAILED, "posted"]


def test_something_may_be_expected_of_an_account_that_no_money_moves_on(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    outcomes = world.ledger.execute(
        [
            Withdraw(alice, npr("1"), expects=[Expect(bob, version=0), Expect(alice, version=1)]),
            Withdraw(alice, npr("1"), expects=[Expect(bob, version=1)]),
        ]
    )

    assert words(outcomes) == ["posted", FAILED]


def test_a_repeated_request_is_answered_again_whatever_the_version_is_now(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    first = Transfer(alice, bob, npr("1"), idempotency_key="k", expects=[Expect(alice, version=1)])
    other = Transfer(alice, bob, npr("1"), idempotency_key="k", expects=[Expect(alice, version=2)])

    outcomes = [world.ledger.execute_one(command) for command in (first, first, other)]

    assert words(outcomes) == ["posted", "again:posted", "idempotency_key_reused"]


def test_holds_and_captures_expect_too(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    keep_nine = [Expect(alice, available_min=npr("9"))]
    refused, placed = world.ledger.execute([PlaceHold(alice, npr("2"), expects=keep_nine), PlaceHold(alice, npr("1"))])
    hold = accepted_hold(placed)

    captures = [CaptureHold(hold.id, bob, expects=[Expect(bob, version=version)]) for version in (1, 0)]

    assert words([refused, *world.ledger.execute(captures)]) == [FAILED, FAILED, "posted"]
    assert funds(world, alice) == (npr("9"), npr("0"), npr("9"))


def test_a_holder_learns_nothing_of_accounts_of_others(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    by_bob = Origin(owner_id="bob")
    unknown = AccountId(UUID(int=bob.int + 1))

    outcomes = world.ledger.execute(
        [Deposit(bob, npr("1"), expects=[Expect(account_id, version=7)]) for account_id in (alice, unknown)],
        origin=by_bob,
    )

    assert outcomes == [
        Rejected(NotFoundError(resource="account", identifier=str(account_id))) for account_id in (alice, unknown)
    ]


def test_what_must_be_available_is_in_the_currency_of_the_account(world: LedgerWorld, alice: AccountId) -> None:
    outcome = world.ledger.execute_one(
        Deposit(alice, npr("1"), expects=[Expect(alice, available_min=Money.of("1.00", "USD"))])
    )

    assert outcome == Rejected(CurrencyMismatchError(expected="NPR", actual="USD"))


def test_the_methods_of_the_ledger_take_expectations(world: LedgerWorld, alice: AccountId) -> None:
    with pytest.raises(PreconditionFailedError):
        world.ledger.withdraw(alice, npr("1"), expects=[Expect(alice, version=2)])


@pytest.mark.parametrize(
    ("expects", "pointer"),
    [
        (17, "/expects"),
        ([17], "/expects/0"),
        ("many", "/expects"),
    ],
)
def test_expectations_that_are_none_are_refused_when_they_are_written(
    alice: AccountId,
    expects: Any,
    pointer: str,
) -> None:
    expects = [Expect(alice, version=1)] * (EXPECTATIONS_MAX + 1) if expects == "many" else expects

    with pytest.raises(InvalidRequestError) as caught:
        Deposit(alice, npr("1"), expects=expects)

    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [({}, ""), ({"version": -1}, "/version"), ({"version": True}, "/version"), ({"available_min": 1}, "/availableMin")],
)
def test_an_expectation_says_something_that_can_be_looked_at(
    alice: AccountId, facts: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        Expect(alice, **facts)

    assert caught.value.pointer == pointer
