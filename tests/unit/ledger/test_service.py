from collections.abc import Callable
from typing import TypeVar

import pytest

from bankcore.errors import LedgerInvariantError, NotFoundError, OutcomeUnknownError, UnavailableError
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Deposit, OpenAccount, PostTransaction
from bankcore.ledger.outcomes import Opened, Posted
from bankcore.ledger.ports import LedgerUnit, UnitsOfWork
from bankcore.ledger.rejections import AccountExistsError, InsufficientFundsError
from bankcore.ledger.service import LedgerService
from bankcore.ledger.transactions import Posting, Source
from bankcore.origin import Origin
from bankcore.testing import Disturbance, InMemoryBank
from tests.worlds.values import NPR, npr

T = TypeVar("T")


@pytest.fixture
def alice(bank: InMemoryBank) -> AccountId:
    return bank.accounts.open(currency="NPR", owner_id="alice").id


class CrossedUnitsOfWork(UnitsOfWork):
    """Answers a piece of work with what another one gave."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def run(self, work: Callable[[LedgerUnit], T], *, resubmittable: bool = False) -> T:
        return self._answer  # type: ignore[return-value] # the defect that is to be noticed

    def rehearse(self, work: Callable[[LedgerUnit], T]) -> T:
        raise NotImplementedError


def test_the_methods_named_after_a_command_post_it_and_return_the_record(bank: InMemoryBank, alice: AccountId) -> None:
    bob = bank.accounts.open(currency="NPR", owner_id="bob").id

    deposit = bank.ledger.deposit(alice, npr("10"), reference="salary", metadata={"month": "1"})
    withdrawal = bank.ledger.withdraw(alice, npr("1"))
    transfer = bank.ledger.transfer(alice, bob, npr("2"), source=Source("rent", "1"))
    posted = bank.ledger.post(PostTransaction(transfer_back(transfer_amount="2", alice=alice, bob=bob)))

    assert [transaction.kind for transaction in (deposit, withdrawal, transfer, posted)] == [
        "deposit",
        "withdrawal",
        "transfer",
        "general",
    ]
    assert (deposit.reference, deposit.metadata) == ("salary", {"month": "1"})
    assert bank.accounts.balance(alice).balance == npr("9")


def transfer_back(*, transfer_amount: str, alice: AccountId, bob: AccountId) -> tuple[Posting, ...]:
    return (Posting(bob, -npr(transfer_amount)), Posting(alice, npr(transfer_amount)))


def test_they_raise_the_refusal_with_its_facts(bank: InMemoryBank, alice: AccountId) -> None:
    with pytest.raises(InsufficientFundsError) as caught:
        bank.ledger.withdraw(alice, npr("10"))

    assert (caught.value.account_id, caught.value.available, caught.value.needed) == (alice, npr("0"), npr("10"))


def test_they_act_for_whoever_asks(bank: InMemoryBank, alice: AccountId) -> None:
    bob = Origin(owner_id="bob")

    with pytest.raises(NotFoundError):
        bank.ledger.deposit(alice, npr("10"), origin=bob)
    with pytest.raises(NotFoundError):
        bank.ledger.withdraw(alice, npr("10"), origin=bob)


def test_opening_an_account_twice_raises(bank: InMemoryBank, alice: AccountId) -> None:
    with pytest.raises(AccountExistsError) as caught:
        bank.ledger.open_account(OpenAccount("alice", NPR, account_id=alice))

    assert caught.value.account_id == alice


def test_an_answer_to_another_question_stops_everything(bank: InMemoryBank, alice: AccountId) -> None:
    account, transaction = bank.accounts.get(alice), bank.ledger.deposit(alice, npr("1"))

    with pytest.raises(LedgerInvariantError):
        LedgerService(bank.tenant_id, CrossedUnitsOfWork([Opened(account)]), bank.ids).deposit(alice, npr("1"))
    with pytest.raises(LedgerInvariantError):
        LedgerService(bank.tenant_id, CrossedUnitsOfWork([Posted(transaction)]), bank.ids).open_account(
            OpenAccount("alice", NPR)
        )
    with pytest.raises(LedgerInvariantError):
        LedgerService(bank.tenant_id, CrossedUnitsOfWork([Posted(transaction)]), bank.ids).freeze(alice)


@pytest.mark.parametrize(
    "command",
    [
        lambda alice: Deposit(alice, npr("10"), idempotency_key="k"),
        lambda alice: Deposit(alice, npr("10"), source=Source("payout", "1")),
    ],
    ids=["by its key", "by its source"],
)
def test_a_lost_commit_is_resolved_by_asking_again(
    command: Callable[[AccountId], Deposit], bank: InMemoryBank, alice: AccountId
) -> None:
    bank.units.disturb_next(Disturbance.LOST_COMMIT)

    transaction = bank.ledger.post(command(alice))

    assert transaction.amount == npr("10")
    assert bank.accounts.balance(alice).balance == npr("10")


def test_a_lost_commit_of_a_batch_with_one_nameless_command_stays_unknown(bank: InMemoryBank, alice: AccountId) -> None:
    bank.units.disturb_next(Disturbance.LOST_COMMIT, Disturbance.LOST_COMMIT)

    with pytest.raises(OutcomeUnknownError):
        bank.ledger.execute([Deposit(alice, npr("1"), idempotency_key="k"), Deposit(alice, npr("1"))])
    with pytest.raises(OutcomeUnknownError):
        bank.ledger.open_account(OpenAccount("bob", NPR))

    assert bank.accounts.balance(alice).balance == npr("2")


def test_work_that_runs_twice_posts_once(bank: InMemoryBank, alice: AccountId) -> None:
    bank.units.disturb_next(Disturbance.DEADLOCK)

    bank.ledger.deposit(alice, npr("10"))

    assert bank.accounts.balance(alice).balance == npr("10")
    assert len(bank.events) == 2


def test_when_nothing_was_recorded_the_caller_is_told_to_send_it_again(bank: InMemoryBank, alice: AccountId) -> None:
    bank.units.disturb_next(Disturbance.UNAVAILABLE)

    with pytest.raises(UnavailableError) as caught:
        bank.ledger.deposit(alice, npr("10"))

    assert caught.value.retryable
    assert bank.accounts.balance(alice).balance == npr("0")
