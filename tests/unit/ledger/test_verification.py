from collections.abc import Callable
from dataclasses import replace

import pytest

from bankcore.ledger.accounts import Account
from bankcore.ledger.transactions import Entry
from bankcore.ledger.verification import Finding, verify_account
from bankcore.testing import InMemoryBank
from tests.worlds.values import USD, npr

Books = tuple[Account, list[Entry]]


@pytest.fixture
def books(bank: InMemoryBank) -> Books:
    """Alice's account and its three entries."""
    opened = bank.accounts.open(currency="NPR", owner_id="alice")
    for amount in ("5", "7", "9"):
        bank.ledger.deposit(opened.id, npr(amount))
    return bank.accounts.get(opened.id), list(reversed(bank.accounts.entries(opened.id)))


def places(findings: list[Finding]) -> list[str]:
    """The last word of each place: the sequence of the entry, or the id of the account."""
    return [finding.place.rpartition(" ")[2] for finding in findings]


def test_an_account_that_only_the_ledger_wrote_has_no_findings(bank: InMemoryBank, books: Books) -> None:
    empty = bank.accounts.open(currency="NPR", owner_id="bob", floor=None)

    assert list(verify_account(*books)) == []
    assert list(verify_account(empty, [])) == []


@pytest.mark.parametrize(
    ("forge", "expected"),
    [
        (lambda entry: entry._replace(currency=USD), ["is in USD on an account in NPR", "its hash is not"]),
        (lambda entry: entry._replace(amount_minor=701), ["its balance after is not", "its hash is not"]),
        (lambda entry: entry._replace(balance_before_minor=1), ["starts from 1", "its balance after", "its hash is"]),
        (lambda entry: entry._replace(posted_at=entry.posted_at.replace(year=2020)), ["its hash is"]),
    ],
    ids=["currency", "amount", "balance before", "instant"],
)
def test_a_changed_entry_is_named_once_and_not_with_all_that_follow(
    forge: Callable[[Entry], Entry], expected: list[str], books: Books
) -> None:
    account, (first, second, third) = books

    findings = list(verify_account(account, [first, forge(second), third]))

    assert places(findings) == ["2"] * len(expected)
    assert all(finding.problem.startswith(problem) for finding, problem in zip(findings, expected, strict=True))


def test_a_missing_entry_is_found_where_it_is_missing(books: Books) -> None:
    account, (first, _second, third) = books

    findings = list(verify_account(account, [first, third]))

    assert places(findings) == ["3"] * 3
    assert findings[0].problem == "follows entry 1"


def test_entries_cut_off_at_the_end_are_found_at_the_account(books: Books) -> None:
    account, (first, second, _third) = books

    findings = list(verify_account(account, [first, second]))

    assert places(findings) == [str(account.id)] * 3
    assert [finding.problem for finding in findings] == [
        "counts 3 entries, its last one is 2",
        "has a balance of 2100, its entries end at 1200",
        "its head is not the hash of its last entry",
    ]


def test_an_account_below_its_floor_is_found(books: Books) -> None:
    account, entries = books

    (finding,) = verify_account(replace(account, held_minor=2_101), entries)

    assert finding.problem == "is below its floor of 0"
    assert list(verify_account(replace(account, held_minor=2_101, floor_minor=None), entries)) == []
