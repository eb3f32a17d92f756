"""Hypothesis strategies for money and commands; the only module of the package that needs Hypothesis."""

from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st

from bankcore.identifiers import AccountId
from bankcore.ledger.command import Command
from bankcore.ledger.commands import Deposit, PostTransaction, Transfer, Withdraw
from bankcore.ledger.transactions import Posting
from bankcore.money import CURRENCIES, MINOR_MAX, Currency, Money

_LINES_MAX: Final = 4


def currencies() -> st.SearchStrategy[Currency]:
    """Any currency of ISO 4217."""
    return st.sampled_from(sorted(CURRENCIES.values(), key=str))


def money(currency: Currency | None = None) -> st.SearchStrategy[Money]:
    """Any amount that can be represented, of either sign, in that currency or in any."""
    known = currencies() if currency is None else st.just(currency)
    return st.builds(Money, st.integers(-MINOR_MAX, MINOR_MAX), known)


def amounts(currency: Currency, *, minor_max: int = MINOR_MAX) -> st.SearchStrategy[Money]:
    """Amounts that can be moved: 1 to `minor_max` minor units of the currency."""
    return st.builds(Money, st.integers(1, minor_max), st.just(currency))


def idempotency_keys(*, choices: int = 4) -> st.SearchStrategy[str | None]:
    """No key, or one of a few, so that some are used again."""
    return st.none() | st.sampled_from([f"key-{number}" for number in range(choices)])


def commands(
    account_ids: Sequence[AccountId], currency: Currency, *, minor_max: int = 10_000
) -> st.SearchStrategy[Command]:
    """Deposits, withdrawals, transfers and general postings of up to `minor_max` minor units between these accounts.

    Many are refused: a transfer may name one account twice, and nothing checks the available balance.
    """
    account = st.sampled_from(account_ids)
    amount = amounts(currency, minor_max=minor_max)
    key = idempotency_keys()
    return st.one_of(
        st.builds(Deposit, account, amount, idempotency_key=key),
        st.builds(Withdraw, account, amount, idempotency_key=key),
        st.builds(Transfer, account, account, amount, idempotency_key=key),
        st.builds(PostTransaction, _balanced_lines(account_ids, currency, minor_max), idempotency_key=key),
    )


def batches(
    account_ids: Sequence[AccountId], currency: Currency, *, minor_max: int = 10_000, size_max: int = 12
) -> st.SearchStrategy[list[Command]]:
    """Up to `size_max` commands that meet on the same few accounts and keys."""
    return st.lists(commands(account_ids, currency, minor_max=minor_max), max_size=size_max)


def _balanced_lines(
    account_ids: Sequence[AccountId], currency: Currency, minor_max: int
) -> st.SearchStrategy[tuple[Posting, ...]]:
    """Lines of which the last one makes up for all before it."""
    debit_or_credit = st.integers(1, minor_max) | st.integers(-minor_max, -1)
    line = st.tuples(st.sampled_from(account_ids), debit_or_credit)
    # Lines that cancel out would leave nothing for the last one to move.
    first_lines = st.lists(line, min_size=1, max_size=_LINES_MAX - 1).filter(_total)
    return st.builds(
        lambda lines, last_id: tuple(
            Posting(account_id, Money(minor, currency)) for account_id, minor in [*lines, (last_id, -_total(lines))]
        ),
        first_lines,
        st.sampled_from(account_ids),
    )


def _total(lines: Sequence[tuple[AccountId, int]]) -> int:
    return sum(minor for _account_id, minor in lines)
