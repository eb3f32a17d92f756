"""What the ledger gives goes through queues, caches and JSON, and comes back as it was."""

import json
import pickle
from collections.abc import Callable
from copy import copy, deepcopy
from datetime import UTC, datetime
from typing import Final

import pytest

from bankcore.errors import InvalidRequestError, NotFoundError
from bankcore.identifiers import AccountId
from bankcore.ledger.command import Command
from bankcore.ledger.commands import Deposit, FreezeAccount, OpenAccount, PostTransaction, Transfer
from bankcore.ledger.transactions import Posting, Source, Transaction
from bankcore.testing import InMemoryBank
from tests.worlds.values import NPR, npr

Copying = Callable[[object], object]
COPIES: Final[dict[str, Copying]] = {
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "copy": copy,
    "deepcopy": deepcopy,
}


@pytest.fixture
def alice(bank: InMemoryBank) -> AccountId:
    return bank.accounts.open(currency="NPR", owner_id="alice").id


@pytest.fixture
def bob(bank: InMemoryBank) -> AccountId:
    return bank.accounts.open(currency="NPR", owner_id="bob").id


@pytest.fixture
def deposit(bank: InMemoryBank, alice: AccountId) -> Transaction:
    return bank.ledger.deposit(
        alice, npr("2.50"), reference="Salary", metadata={"month": "May"}, source=Source("run", "5")
    )


@pytest.mark.parametrize("name", COPIES)
def test_a_transaction_can_be_pickled_and_copied(
    bank: InMemoryBank, alice: AccountId, deposit: Transaction, name: str
) -> None:
    for transaction in (deposit, bank.ledger.deposit(alice, npr("1"))):
        restored = COPIES[name](transaction)

        assert restored == transaction
        assert isinstance(restored, Transaction)
        with pytest.raises(TypeError):
            restored.metadata["month"] = "June"  # type: ignore[index]


@pytest.mark.parametrize("name", COPIES)
def test_a_command_can_be_pickled_and_copied(alice: AccountId, bob: AccountId, name: str) -> None:
    commands: list[Command] = [
        Deposit(alice, npr("1"), metadata={"a": "b"}, effective_at=datetime(2026, 5, 1, tzinfo=UTC)),
        Transfer(alice, bob, npr("1"), source=Source("order", "1"), idempotency_key="key"),
        PostTransaction((Posting(alice, npr("-1")), Posting(bob, npr("1"))), transaction_kind="fee"),
        OpenAccount("alice", NPR, floor_minor=None),
        FreezeAccount(alice, reason="lost card"),
    ]

    for command in commands:
        assert COPIES[name](command) == command


@pytest.mark.parametrize("name", COPIES)
def test_accounts_balances_and_outcomes_can_be_pickled_and_copied(
    bank: InMemoryBank, alice: AccountId, deposit: Transaction, name: str
) -> None:
    values = [
        bank.accounts.get(alice),
        bank.accounts.balance(alice),
        *bank.ledger.execute([Deposit(alice, npr("1"), metadata={"a": "b"}), Transfer(alice, alice, npr("1"))]),
    ]

    for value in values:
        assert COPIES[name](value) == value


def test_a_transaction_is_given_as_json_has_it(deposit: Transaction) -> None:
    document = json.loads(json.dumps(deposit.to_dict()))

    assert document["id"] == str(deposit.id)
    assert (document["amount"], document["currency"], document["reference"]) == ("2.50", "NPR", "Salary")
    assert document["metadata"] == {"month": "May"}
    assert [entry["amount"] for entry in document["entries"]] == ["-2.50", "2.50"]


def test_an_account_finds_its_own_entry(deposit: Transaction, alice: AccountId, bob: AccountId) -> None:
    assert deposit.entry_of(alice).balance_after == npr("2.50")
    with pytest.raises(NotFoundError):
        deposit.entry_of(bob)
    with pytest.raises(InvalidRequestError):
        deposit.entry_of(str(alice))  # type: ignore[arg-type]


def test_of_several_entries_none_is_given_as_the_one(
    bank: InMemoryBank, deposit: Transaction, alice: AccountId
) -> None:
    bob = bank.accounts.open(currency="NPR", owner_id="bob").id
    lines = (Posting(alice, npr("-1")), Posting(alice, npr("-0.50")), Posting(bob, npr("1.50")))
    transaction = bank.ledger.post(PostTransaction(lines))

    with pytest.raises(InvalidRequestError, match="2 entries"):
        transaction.entry_of(alice)
