from uuid import UUID

import pytest

from bankcore.errors import InvalidRequestError, NotFoundError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountKind
from bankcore.ledger.events import AccountOpened
from bankcore.origin import Origin
from bankcore.testing import InMemoryBank
from tests.worlds.values import npr


def test_an_account_is_opened_with_everything_that_was_asked(bank: InMemoryBank) -> None:
    chosen, teller = AccountId(UUID(int=5)), Origin(actor_id="teller")

    account = bank.accounts.open(
        currency="NPR",
        owner_id="bank",
        name="Fees",
        floor=None,
        kind=AccountKind.FEE,
        account_id=chosen,
        idempotency_key="open",
        origin=teller,
    )

    assert (account.id, account.kind, account.name, account.floor) == (chosen, AccountKind.FEE, "Fees", None)
    (event,) = bank.events
    assert isinstance(event, AccountOpened)
    assert event.stamp.origin == teller


def test_a_floor_is_read_in_the_currency_of_the_account(bank: InMemoryBank) -> None:
    assert bank.accounts.open(currency="NPR", owner_id="bob", floor="-500.00").floor == npr("-500")
    for floor in ("0.01", "-0.001", "none"):
        with pytest.raises(InvalidRequestError):
            bank.accounts.open(currency="NPR", owner_id="bob", floor=floor)


def test_an_account_tells_what_is_and_what_was_on_it(bank: InMemoryBank) -> None:
    account = bank.accounts.open(currency="NPR", owner_id="alice")
    first = bank.ledger.deposit(account.id, npr("1"))
    second = bank.ledger.deposit(account.id, npr("2"))

    assert bank.accounts.get(account.id).balance == npr("3")
    assert bank.accounts.balance(account.id).available == npr("3")
    assert bank.accounts.balance(account.id, at=first.posted_at).balance == npr("1")
    assert [entry.transaction_id for entry in bank.accounts.entries(account.id)] == [second.id, first.id]
    assert [entry.sequence for entry in bank.accounts.entries(account.id, before_sequence=2, limit=1)] == [1]


def test_an_owners_accounts_are_listed_page_by_page(bank: InMemoryBank) -> None:
    ids = [bank.accounts.open(currency="NPR", owner_id="alice").id for _ in range(3)]
    bank.accounts.open(currency="NPR", owner_id="bob")

    assert [account.id for account in bank.accounts.owned_by("alice")] == ids
    assert [account.id for account in bank.accounts.owned_by("alice", after=ids[0], limit=1)] == ids[1:2]


def test_an_unknown_account_is_not_found(bank: InMemoryBank) -> None:
    with pytest.raises(NotFoundError):
        bank.accounts.get(AccountId(UUID(int=5)))
