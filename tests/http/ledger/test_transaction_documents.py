"""What the library gives as JSON is what the API shows to staff."""

import json
from uuid import UUID

from bankcore.identifiers import TransactionId
from bankcore.ledger.commands import PostTransaction
from bankcore.ledger.queries import TransactionView
from bankcore.ledger.transactions import Posting, Transaction
from bankcore.money import Money
from bankcore.testing import in_memory_bank
from bankcore_http.ledger.shapes.transactions import present_transaction
from tests.worlds.values import NPR, USD, npr


def require_the_same(transaction: Transaction) -> None:
    shown = present_transaction(TransactionView(transaction=transaction, own_account_ids=None))

    assert json.loads(json.dumps(transaction.to_dict())) == json.loads(json.dumps(shown))


def test_a_transaction_of_one_currency_is_the_same_document() -> None:
    bank = in_memory_bank()
    alice = bank.accounts.open(currency="NPR", owner_id="alice").id

    deposit = bank.ledger.deposit(alice, npr("2.50"), reference="Salary", metadata={"month": "May"})

    require_the_same(deposit)
    require_the_same(deposit._replace(reverses=TransactionId(UUID(int=1))))


def test_a_transaction_of_several_currencies_is_the_same_document() -> None:
    bank = in_memory_bank()
    rupees, dollars = (
        [bank.accounts.open(currency=currency, owner_id=owner, floor=None).id for owner in ("alice", "bob")]
        for currency in (NPR, USD)
    )
    lines = [
        Posting(account_id, sign * Money(100, currency))
        for accounts, currency in ((rupees, NPR), (dollars, USD))
        for account_id, sign in zip(accounts, (1, -1), strict=True)
    ]

    require_the_same(bank.ledger.post(PostTransaction(tuple(lines))))
