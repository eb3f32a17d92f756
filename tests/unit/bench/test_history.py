from datetime import UTC, datetime
from uuid import UUID

import pytest

from bankcore.identifiers import TenantId
from bankcore.money import Currency
from bench.fill_history import History, Size

TENANT = TenantId(UUID(int=7))


def history(seed: int = 7) -> History:
    """A hundred accounts in a year."""
    return History(
        TENANT,
        Currency.of("USD"),
        Size(accounts=100, entries=1_001),
        datetime(2025, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=UTC),
        seed,
    )


def test_a_history_moves_money_and_makes_none() -> None:
    made = history()

    rows = list(made.chunks())

    assert sum(len(chunk.entries) for chunk in rows) == 1_000
    assert sum(len(chunk.transactions) for chunk in rows) == 500
    assert sum(len(chunk.audit_log) for chunk in rows) == 600
    assert sum(account.balance_minor for account in made.accounts) == 0
    assert min(account.balance_minor for account in made.accounts[1:]) >= 0
    assert sum(account.version for account in made.accounts) == 1_000


def test_the_same_seed_makes_the_same_history() -> None:
    same, again, other = (list(history(seed).chunks()) for seed in (7, 7, 8))

    assert same == again
    assert same != other


@pytest.mark.parametrize(("accounts", "entries"), [(1, 10), (10, 19)])
def test_a_size_in_which_accounts_could_not_be_funded_is_refused(accounts: int, entries: int) -> None:
    with pytest.raises(ValueError, match="at least two accounts"):
        Size(accounts=accounts, entries=entries)
