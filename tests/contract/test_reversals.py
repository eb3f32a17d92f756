"""A transaction is undone by a new one, wholly or in parts, and never by more than it was."""

from uuid import UUID

import pytest

from bankcore.errors import ForbiddenError, InvalidRequestError, InvalidStateError, NotFoundError
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import AccountKind
from bankcore.ledger.commands import PostTransaction, Withdraw
from bankcore.ledger.events import CommandRejected, TransactionReversed
from bankcore.ledger.rejections import (
    AlreadyReversedError,
    InsufficientFundsError,
    ReversalExceedsTransactionError,
    SourceReusedError,
)
from bankcore.ledger.reversals import ReverseTransaction
from bankcore.ledger.transactions import Posting, Source, Transaction
from bankcore.money import CurrencyMismatchError, Money
from bankcore.origin import Origin
from tests.contract.adapters import LedgerWorld
from tests.contract.held_funds import require_sound
from tests.worlds.values import npr, posted, words

UNKNOWN = TransactionId(UUID("019c1406-3400-7000-8000-000000000bad"))
WHY = "sent twice"


@pytest.fixture
def transfer(world: LedgerWorld, alice: AccountId, bob: AccountId) -> Transaction:
    """A transfer of 6.00 from Alice, who had 10.00, to Bob."""
    world.ledger.deposit(alice, npr("10"))
    return world.ledger.transfer(alice, bob, npr("6"), reference="rent")


def balances(world: LedgerWorld, *account_ids: AccountId) -> list[Money]:
    return [world.accounts.balance(account_id).balance for account_id in account_ids]


def test_a_transfer_is_undone_by_a_transaction_that_names_it(
    world: LedgerWorld, alice: AccountId, bob: AccountId, transfer: Transaction
) -> None:
    reversal = world.ledger.reverse(transfer.id, reason=WHY, reference="our mistake")

    assert (reversal.kind, reversal.amount, reversal.reverses) == ("reversal", npr("6"), transfer.id)
    assert reversal.reference == "our mistake"
    assert balances(world, alice, bob) == [npr("10"), npr("0")]
    assert world.queries.get_transaction(reversal.id).transaction == reversal
    assert world.queries.get_transaction(transfer.id).transaction == transfer
    require_sound(world)


def test_it_is_undone_in_parts_until_nothing_is_left(
    world: LedgerWorld, alice: AccountId, bob: AccountId, transfer: Transaction
) -> None:
    outcomes = world.ledger.execute(
        [
            ReverseTransaction(transfer.id, npr("2"), reason=WHY),
            ReverseTransaction(transfer.id, npr("4.01"), reason=WHY),
            ReverseTransaction(transfer.id, reason=WHY),
            ReverseTransaction(transfer.id, npr("0.01"), reason=WHY),
        ]
    )
    again = world.ledger.execute_one(ReverseTransaction(transfer.id, reason=WHY))

    assert words(outcomes) == ["posted", "reversal_exceeds_transaction", "posted", "already_reversed"]
    assert outcomes[1] == Rejected(
        ReversalExceedsTransactionError(transaction_id=transfer.id, remaining=npr("4"), needed=npr("4.01"))
    )
    assert again == Rejected(AlreadyReversedError(transaction_id=transfer.id))
    assert posted(outcomes[2]).transaction.amount == npr("4")
    assert balances(world, alice, bob) == [npr("10"), npr("0")]
    require_sound(world)


def test_what_was_spent_since_is_not_taken_back(
    world: LedgerWorld, alice: AccountId, bob: AccountId, transfer: Transaction
) -> None:
    world.ledger.withdraw(bob, npr("10"))

    whole, part = world.ledger.execute(
        [ReverseTransaction(transfer.id, reason=WHY), ReverseTransaction(transfer.id, npr("1"), reason=WHY)]
    )

    assert isinstance(whole, Rejected)
    assert isinstance(whole.reason, InsufficientFundsError)
    assert (whole.reason.account_id, whole.reason.available) == (bob, npr("-4"))
    assert words([part]) == ["posted"]
    assert balances(world, alice, bob) == [npr("5"), npr("-5")]


def test_a_deposit_and_a_withdrawal_are_undone_too(world: LedgerWorld, alice: AccountId) -> None:
    deposit = world.ledger.deposit(alice, npr("10"))
    withdrawal = world.ledger.withdraw(alice, npr("3"))

    world.ledger.reverse(withdrawal.id, npr("1"), reason=WHY)
    refused = world.ledger.execute_one(ReverseTransaction(deposit.id, reason=WHY))
    world.ledger.reverse(deposit.id, npr("8"), reason=WHY)

    assert words([refused]) == ["insufficient_funds"]
    assert balances(world, alice) == [npr("0")]
    require_sound(world)


def test_a_transaction_of_many_lines_is_undone_whole(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    fees = world.accounts.open(currency="NPR", owner_id="bank", floor=None, kind=AccountKind.FEE).id
    world.ledger.deposit(alice, npr("10"))
    lines = (Posting(alice, npr("-5")), Posting(bob, npr("4")), Posting(fees, npr("1")))
    sale = world.ledger.post(PostTransaction(lines))

    part, whole = world.ledger.execute(
        [ReverseTransaction(sale.id, npr("1"), reason=WHY), ReverseTransaction(sale.id, npr("5"), reason=WHY)]
    )

    assert isinstance(part, Rejected)
    assert isinstance(part.reason, InvalidRequestError)
    assert part.reason.pointer == "/amount"
    assert words([whole]) == ["posted"]
    assert balances(world, alice, bob, fees) == [npr("10"), npr("0"), npr("0")]


def test_a_transaction_of_several_currencies_is_undone_whole_and_once(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    one = Money.of("1", "USD")
    ours, theirs = (
        world.accounts.open(currency="USD", owner_id="bank", floor=None, kind=AccountKind.FX_POSITION).id
        for _ in range(2)
    )
    world.ledger.deposit(alice, npr("10"))
    lines = (Posting(alice, npr("-5")), Posting(bob, npr("5")), Posting(ours, -one), Posting(theirs, one))
    exchange = world.ledger.post(PostTransaction(lines))

    outcomes = world.ledger.execute(
        [
            ReverseTransaction(exchange.id, npr("5"), reason=WHY),
            ReverseTransaction(exchange.id, reason=WHY),
            ReverseTransaction(exchange.id, reason=WHY),
        ]
    )

    assert words(outcomes) == ["validation_failed", "posted", "already_reversed"]
    assert balances(world, alice, bob, ours, theirs) == [npr("10"), npr("0"), one - one, one - one]
    assert words([world.ledger.execute_one(ReverseTransaction(exchange.id, reason=WHY))]) == ["already_reversed"]


def test_a_reversal_is_not_reversed(world: LedgerWorld, transfer: Transaction) -> None:
    reversal = world.ledger.reverse(transfer.id, reason=WHY)

    outcome = world.ledger.execute_one(ReverseTransaction(reversal.id, reason=WHY))

    state = InvalidStateError(resource="transaction", identifier=str(reversal.id), state="reversal")
    assert outcome == Rejected(state)


def test_only_who_acts_for_the_bank_reverses_and_only_what_is_there(world: LedgerWorld, transfer: Transaction) -> None:
    by_alice = world.ledger.execute_one(ReverseTransaction(transfer.id, reason=WHY), origin=Origin(owner_id="alice"))
    unknown, foreign = world.ledger.execute(
        [
            ReverseTransaction(UNKNOWN, reason=WHY),
            ReverseTransaction(transfer.id, Money.of("1", "USD"), reason=WHY),
        ]
    )

    assert by_alice == Rejected(ForbiddenError())
    assert unknown == Rejected(NotFoundError(resource="transaction", identifier=str(UNKNOWN)))
    assert foreign == Rejected(CurrencyMismatchError(expected="NPR", actual="USD"))


def test_keys_and_sources_reverse_once(
    world: LedgerWorld, alice: AccountId, bob: AccountId, transfer: Transaction
) -> None:
    keyed = ReverseTransaction(transfer.id, npr("1"), reason=WHY, idempotency_key="undo")
    source = Source("refund", "1")
    sourced = ReverseTransaction(transfer.id, npr("2"), reason=WHY, source=source)

    outcomes = [world.ledger.execute_one(command) for command in (keyed, keyed, sourced, sourced)]
    others = world.ledger.execute(
        [
            ReverseTransaction(transfer.id, npr("1"), reason=WHY, source=source),
            ReverseTransaction(UNKNOWN, npr("2"), reason=WHY, source=source),
            Withdraw(alice, npr("2"), source=source),
        ]
    )

    assert words(outcomes) == ["posted", "again:posted", "posted", "again:posted"]
    assert others == [Rejected(SourceReusedError(source_type="refund", source_id="1"))] * 3
    assert balances(world, alice, bob) == [npr("7"), npr("3")]


def test_an_atomic_batch_that_fails_reverses_nothing(
    world: LedgerWorld, alice: AccountId, transfer: Transaction
) -> None:
    outcomes = world.ledger.execute(
        [ReverseTransaction(transfer.id, reason=WHY), Withdraw(alice, npr("100"))], atomic=True
    )

    assert words(outcomes) == ["batch_rejected", "insufficient_funds"]
    assert world.ledger.reverse(transfer.id, reason=WHY).amount == npr("6")


def test_who_reversed_it_and_why_is_told_of_the_transaction(world: LedgerWorld, transfer: Transaction) -> None:
    by_mira = Origin(actor_type="user", actor_id="mira")
    reversal = world.ledger.reverse(transfer.id, npr("1"), reason=WHY, origin=by_mira)
    world.ledger.execute([ReverseTransaction(transfer.id, npr("50"), reason=WHY)])

    (told,) = [event for event in world.events() if isinstance(event, TransactionReversed)]
    assert (told.transaction, told.reversal_id, told.amount, told.reason) == (transfer, reversal.id, npr("1"), WHY)
    assert told.stamp.origin == by_mira
    assert list(told.effects) == []
    (refused,) = [event for event in world.events() if isinstance(event, CommandRejected)]
    assert (refused.kind, refused.reason.code) == ("reverse_transaction", "reversal_exceeds_transaction")


def test_the_original_shows_what_has_undone_it(
    world: LedgerWorld, alice: AccountId, bob: AccountId, transfer: Transaction
) -> None:
    untouched = world.queries.get_transaction(transfer.id, owner_id="alice")
    first = world.ledger.reverse(transfer.id, npr("1"), reason=WHY)
    second = world.ledger.reverse(transfer.id, npr("2"), reason=WHY)

    seen = world.queries.get_transaction(transfer.id, owner_id="alice")

    assert (untouched.reversed_by, untouched.transaction) == ((), transfer)
    assert seen.reversed_by == (first.id, second.id)
    assert world.queries.get_transaction(transfer.id).reversed_by == (first.id, second.id)
    assert world.queries.get_transaction(first.id).reversed_by == ()


@pytest.mark.parametrize(("amount", "reason"), [(npr("0"), WHY), (npr("-1"), WHY), (None, ""), (None, "x" * 141)])
def test_what_no_reversal_can_be_is_refused_with_a_sentence(amount: Money | None, reason: str) -> None:
    with pytest.raises(InvalidRequestError):
        ReverseTransaction(UNKNOWN, amount, reason=reason)
