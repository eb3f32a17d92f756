import pytest

from bankcore.errors import RejectedError
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Deposit, OpenAccount, Transfer, Withdraw
from bankcore.ledger.rejections import BatchRejectedError
from bankcore.testing import InMemoryBank, require_sound_books
from tests.worlds.values import NPR, npr, words

PAYROLL_KEYS = ["fund", "pay-1", "pay-2"]


@pytest.fixture
def employer(bank: InMemoryBank) -> AccountId:
    return bank.accounts.open(currency="NPR", owner_id="employer").id


@pytest.fixture
def alice(bank: InMemoryBank) -> AccountId:
    return bank.accounts.open(currency="NPR", owner_id="alice").id


def payroll(employer: AccountId, alice: AccountId, *, salaries: tuple[str, str]) -> list[Deposit | Transfer]:
    """Ten rupees come in and two salaries go out."""
    return [
        Deposit(employer, npr("10"), idempotency_key="fund"),
        Transfer(employer, alice, npr(salaries[0]), idempotency_key="pay-1"),
        Transfer(employer, alice, npr(salaries[1]), idempotency_key="pay-2"),
    ]


def test_an_atomic_batch_that_goes_well_is_like_any_other(
    bank: InMemoryBank, employer: AccountId, alice: AccountId
) -> None:
    commands = payroll(employer, alice, salaries=("4", "6"))

    assert words(bank.ledger.execute(commands, atomic=True)) == ["posted"] * 3
    assert words(bank.ledger.execute(commands, atomic=True)) == ["again:posted"] * 3
    assert bank.accounts.balance(alice).balance == npr("10")


def test_one_refusal_refuses_the_whole_batch(bank: InMemoryBank, employer: AccountId, alice: AccountId) -> None:
    before = bank.snapshot()

    outcomes = bank.ledger.execute(
        [*payroll(employer, alice, salaries=("4", "7")), OpenAccount("bob", NPR)], atomic=True
    )

    assert words(outcomes) == ["batch_rejected", "batch_rejected", "insufficient_funds", "batch_rejected"]
    assert outcomes[0] == Rejected(BatchRejectedError(failed_index=2))
    assert isinstance(outcomes[0].reason, RejectedError)
    assert bank.snapshot() == before


def test_only_the_key_of_the_refused_command_is_spent(
    bank: InMemoryBank, employer: AccountId, alice: AccountId
) -> None:
    bank.ledger.execute(payroll(employer, alice, salaries=("4", "7")), atomic=True)

    outcomes = bank.ledger.execute(payroll(employer, alice, salaries=("3", "6")))

    assert words(outcomes) == ["posted", "posted", "idempotency_key_reused"]
    assert bank.accounts.balance(alice).balance == npr("3")


def test_a_failed_batch_that_is_sent_again_fails_again_even_if_it_could_now_be_paid(
    bank: InMemoryBank, employer: AccountId, alice: AccountId
) -> None:
    commands = payroll(employer, alice, salaries=("4", "7"))
    bank.ledger.execute(commands, atomic=True)
    bank.ledger.deposit(employer, npr("100"))

    outcomes = bank.ledger.execute(commands, atomic=True)

    assert words(outcomes) == ["batch_rejected", "batch_rejected", "again:insufficient_funds"]
    assert bank.accounts.balance(alice).balance == npr("0")
    require_sound_books(bank.snapshot())


def test_a_failed_batch_without_keys_is_simply_tried_again(
    bank: InMemoryBank, employer: AccountId, alice: AccountId
) -> None:
    commands = [Transfer(employer, alice, npr("4"))]
    assert words(bank.ledger.execute(commands, atomic=True)) == ["insufficient_funds"]

    bank.ledger.deposit(employer, npr("4"))

    assert words(bank.ledger.execute(commands, atomic=True)) == ["posted"]


def test_a_key_reused_within_the_batch_refuses_it_and_is_not_remembered(
    bank: InMemoryBank, employer: AccountId
) -> None:
    twice = [Deposit(employer, npr("1"), idempotency_key="k"), Deposit(employer, npr("2"), idempotency_key="k")]

    outcomes = bank.ledger.execute(twice, atomic=True)

    assert words(outcomes) == ["batch_rejected", "idempotency_key_reused"]
    assert bank.accounts.balance(employer).balance == npr("0")
    assert words(bank.ledger.execute(twice[:1])) == ["posted"]


def test_a_key_in_progress_refuses_the_batch_and_is_not_remembered(bank: InMemoryBank, employer: AccountId) -> None:
    commands = [Deposit(employer, npr("1"), idempotency_key="a"), Deposit(employer, npr("2"), idempotency_key="b")]

    with bank.units.holding_key("b"):
        during = bank.ledger.execute(commands, atomic=True)

    assert words(during) == ["batch_rejected", "idempotency_in_progress"]
    assert words(bank.ledger.execute(commands, atomic=True)) == ["posted", "posted"]


def test_a_replayed_refusal_refuses_the_batch(bank: InMemoryBank, employer: AccountId) -> None:
    refused = Withdraw(employer, npr("1"), idempotency_key="w")
    bank.ledger.execute([refused])

    outcomes = bank.ledger.execute([Deposit(employer, npr("5")), refused, Deposit(employer, npr("5"))], atomic=True)

    assert words(outcomes) == ["batch_rejected", "again:insufficient_funds", "batch_rejected"]
    assert bank.accounts.balance(employer).balance == npr("0")
