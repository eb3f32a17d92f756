from functools import partial
from uuid import UUID

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.command import Command, MoneyCommand
from bankcore.ledger.commands import Deposit, PostTransaction, Transfer, Withdraw
from bankcore.money import MINOR_MAX, Currency, Money
from bankcore.testing.strategies import amounts, batches, commands, currencies, idempotency_keys, money
from tests.worlds.values import NPR

ACCOUNTS = [AccountId(UUID(int=number)) for number in (1, 2, 3)]
# The first example that fits will do; it need not be the smallest.
FIRST = settings(phases=[Phase.generate], max_examples=500, database=None)


@given(amount=money())
def test_any_amount_is_written_and_read_back(amount: Money) -> None:
    assert Money.of(amount.to_decimal_string(), amount.currency.code) == amount


@given(amount=amounts(NPR, minor_max=50), any_amount=money(NPR))
def test_amounts_are_of_the_wanted_currency_and_size(amount: Money, any_amount: Money) -> None:
    assert 1 <= amount.minor <= 50
    assert amount.currency == any_amount.currency == NPR
    assert abs(any_amount.minor) <= MINOR_MAX


@given(batch=batches(ACCOUNTS, NPR, minor_max=50, size_max=3))
def test_batches_are_small_and_stay_on_their_accounts(batch: list[Command]) -> None:
    tenant = TenantId(UUID(int=100))
    for command in batch:
        assert isinstance(command, MoneyCommand)
        named = {posting.account_id for posting in command.postings(tenant)}
        assert named & set(ACCOUNTS)
    assert len(batch) <= 3


@pytest.mark.parametrize("kind", [Deposit, Withdraw, Transfer, PostTransaction])
def test_every_kind_of_command_comes_up(kind: type[MoneyCommand]) -> None:
    assert isinstance(find(commands(ACCOUNTS, NPR), lambda command: isinstance(command, kind), settings=FIRST), kind)


def test_keys_come_back_and_are_sometimes_missing() -> None:
    keys = st.lists(idempotency_keys(choices=2), min_size=3)

    assert find(keys, lambda drawn: drawn[0] is not None and drawn[0] == drawn[1], settings=FIRST)
    assert find(keys, lambda drawn: drawn[0] is None, settings=FIRST)


def test_every_exponent_comes_up() -> None:
    for exponent in (0, 2, 3, 4):
        found = find(currencies(), partial(has_exponent, exponent), settings=settings(FIRST, max_examples=1_000))
        assert found.exponent == exponent


def has_exponent(exponent: int, currency: Currency) -> bool:
    return currency.exponent == exponent
