from datetime import timedelta

import pytest

from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Deposit, PostTransaction, Transfer
from bankcore.ledger.rejections import SourceReusedError
from bankcore.ledger.transactions import Source
from bankcore.testing import InMemoryBank, require_sound_books
from tests.worlds.values import npr, posted, words

PAYOUT = Source("payout", "2026-01/7")


@pytest.fixture
def alice(bank: InMemoryBank) -> AccountId:
    return bank.accounts.open(currency="NPR", owner_id="alice").id


@pytest.fixture
def bob(bank: InMemoryBank) -> AccountId:
    return bank.accounts.open(currency="NPR", owner_id="bob").id


def test_a_source_pays_once_however_late_it_is_tried_again(bank: InMemoryBank, alice: AccountId) -> None:
    (first,) = bank.ledger.execute([Deposit(alice, npr("10"), source=PAYOUT)])
    bank.clock.advance(timedelta(days=400))

    (second,) = bank.ledger.execute([Deposit(alice, npr("10"), source=PAYOUT, idempotency_key="another")])

    assert words([first, second]) == ["posted", "again:posted"]
    assert posted(second).transaction == posted(first).transaction
    assert posted(first).transaction.source == PAYOUT
    assert bank.accounts.balance(alice).balance == npr("10")


def test_the_answer_to_a_source_is_also_kept_under_the_key_it_came_with(bank: InMemoryBank, alice: AccountId) -> None:
    bank.ledger.deposit(alice, npr("10"), source=PAYOUT)
    command = Deposit(alice, npr("10"), source=PAYOUT, idempotency_key="k")

    outcomes = [*bank.ledger.execute([command]), *bank.ledger.execute([command])]

    assert words(outcomes) == ["again:posted", "again:posted"]


def test_a_source_never_pays_something_else(bank: InMemoryBank, alice: AccountId, bob: AccountId) -> None:
    bank.ledger.deposit(alice, npr("10"), source=PAYOUT)

    outcomes = bank.ledger.execute(
        [
            Deposit(alice, npr("11"), source=PAYOUT),
            Deposit(bob, npr("10"), source=PAYOUT),
            Transfer(alice, bob, npr("10"), source=PAYOUT),
        ]
    )

    refused = Rejected(SourceReusedError(source_type="payout", source_id="2026-01/7"))
    assert outcomes == [refused] * 3
    assert bank.accounts.balance(alice).balance == npr("10")


def test_a_source_that_comes_twice_in_one_batch_pays_once(bank: InMemoryBank, alice: AccountId, bob: AccountId) -> None:
    outcomes = bank.ledger.execute(
        [
            Deposit(alice, npr("10"), source=PAYOUT),
            Deposit(alice, npr("10"), source=PAYOUT),
            Deposit(bob, npr("10"), source=PAYOUT),
        ]
    )

    assert words(outcomes) == ["posted", "again:posted", "source_reused"]
    require_sound_books(bank.snapshot())


def test_a_refused_command_does_not_use_up_its_source(bank: InMemoryBank, alice: AccountId, bob: AccountId) -> None:
    command = Transfer(alice, bob, npr("10"), source=PAYOUT)
    assert words(bank.ledger.execute([command, command])) == ["insufficient_funds", "insufficient_funds"]

    bank.ledger.deposit(alice, npr("10"))

    assert words(bank.ledger.execute([command])) == ["posted"]


def test_a_failed_atomic_batch_does_not_use_up_its_sources(
    bank: InMemoryBank, alice: AccountId, bob: AccountId
) -> None:
    funded = Deposit(alice, npr("10"), source=PAYOUT)

    failed = bank.ledger.execute([funded, Transfer(alice, bob, npr("11"))], atomic=True)

    assert words(failed) == ["batch_rejected", "insufficient_funds"]
    assert words(bank.ledger.execute([funded])) == ["posted"]


def test_the_same_movement_in_other_words_is_the_same_for_a_source(bank: InMemoryBank, alice: AccountId) -> None:
    first = Deposit(alice, npr("10"), source=PAYOUT)
    bank.ledger.execute([first])

    again = PostTransaction(first.postings(bank.tenant_id), source=PAYOUT, reference="second try")

    assert words(bank.ledger.execute([again])) == ["again:posted"]


def test_two_types_of_source_do_not_meet(bank: InMemoryBank, alice: AccountId) -> None:
    sources = [Source("payout", "1"), Source("refund", "1"), Source("payout", "2")]

    outcomes = bank.ledger.execute([Deposit(alice, npr("1"), source=source) for source in sources])

    assert words(outcomes) == ["posted"] * 3
