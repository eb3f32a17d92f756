"""What the tests of holds look at."""

from bankcore.identifiers import AccountId
from bankcore.money import Money
from bankcore.testing import read_books, require_sound_books
from tests.contract.adapters import LedgerWorld


def funds(world: LedgerWorld, account_id: AccountId) -> tuple[Money, Money, Money]:
    """Balance, held and available, which three ways of asking must agree on."""
    account, balance = world.queries.get_account(account_id), world.accounts.balance(account_id)
    assert (account.balance, account.held, account.available) == (balance.balance, balance.held, balance.available)
    seen = world.hold_queries.list_open(account_id, limit=1_000)
    assert seen.account == account
    assert sum((each.remaining_minor for each in seen.holds), 0) == account.held_minor
    return balance.balance, balance.held, balance.available


def require_sound(world: LedgerWorld) -> None:
    require_sound_books(read_books(world.queries, ["alice", "bob", "bank"]))
