"""One suite for both adapters of assertions: what others state is kept, and compared with the books."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from bankcore.assertions.assertions import AssertionQueries, CheckedAssertion
from bankcore.assertions.import_statement import ImportStatement
from bankcore.assertions.record import AssertBalances, RecordAssertions, StatedBalance
from bankcore.documents.bank_statements import BankEntry, BankStatement
from bankcore.errors import InvalidRequestError, NotFoundError
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import settlement_account_id
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService
from bankcore.money import CurrencyMismatchError, Money
from bankcore.origin import LIBRARY
from bankcore.testing import in_memory_bank
from bankcore.testing.assertions import in_memory_assertions
from bankcore_infra.assertions.store import SqlAssertionQueries, assertion_units
from bankcore_infra.db.transactions import OwnTransactions
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import NPR, npr

A_MOMENT = timedelta(microseconds=1)
UNKNOWN = AccountId(UUID("019c1406-3400-7000-8000-000000000bad"))
BANK = "the settlement bank"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionWorld:
    """A tenant with one account, that got 10.00 from outside."""

    account_id: AccountId
    settlement_id: AccountId
    ledger: LedgerService
    books: LedgerQueries
    record: RecordAssertions
    queries: AssertionQueries

    def now(self) -> datetime:
        """The present, after all that is posted."""
        return self.books.balance_at(self.account_id).at

    def state(self, account_id: AccountId, amount: str, as_of: datetime, *, key: str | None = None) -> None:
        """Put it down."""
        stated = (StatedBalance(as_of, npr(amount)),)
        command = AssertBalances(account_id=account_id, stated=stated, source=BANK, idempotency_key=key)
        self.record(command, origin=LIBRARY)

    def checked(self) -> list[CheckedAssertion]:
        """All of them, the latest first."""
        return list(self.queries.list_assertions(limit=100))


def in_memory() -> AssertionWorld:
    bank = in_memory_bank()
    account = bank.accounts.open(owner_id="sita", currency="NPR")
    bank.ledger.deposit(account.id, npr("10.00"), reference="A1")
    bank.clock.advance(timedelta(seconds=1))
    made = in_memory_assertions(bank)
    return AssertionWorld(
        account_id=account.id,
        settlement_id=settlement_account_id(bank.tenant_id, NPR),
        ledger=bank.ledger,
        books=bank.queries,
        record=made.record,
        queries=made.queries,
    )


def on_postgresql(bank: SqlBank) -> AssertionWorld:
    account = bank.accounts.open(owner_id="sita", currency="NPR")
    bank.ledger.deposit(account.id, npr("10.00"), reference="A1")
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    return AssertionWorld(
        account_id=account.id,
        settlement_id=settlement_account_id(bank.tenant_id, NPR),
        ledger=bank.ledger,
        books=bank.queries,
        record=RecordAssertions(assertion_units(transactions, bank.unit)),
        queries=SqlAssertionQueries(transactions),
    )


@pytest.fixture(params=["in-memory", "PostgreSQL"])
def world(request: pytest.FixtureRequest) -> AssertionWorld:
    """The tenant, on each adapter."""
    if request.param == "in-memory":
        return in_memory()
    return on_postgresql(request.getfixturevalue("bank"))


def test_a_statement_that_the_books_agree_with_is_met(world: AssertionWorld) -> None:
    world.state(world.account_id, "10.00", world.now())

    (checked,) = world.checked()
    assert (str(checked.assertion.stated), str(checked.counted), checked.is_met) == ("10.00 NPR", "10.00 NPR", True)
    assert (checked.assertion.source, checked.is_superseded) == (BANK, False)


def test_the_settlement_account_is_seen_with_the_sign_of_the_other_bank(world: AssertionWorld) -> None:
    world.state(world.settlement_id, "10.00", world.now())
    world.state(world.settlement_id, "-10.00", world.now())

    assert [(str(each.counted), each.is_met) for each in world.checked()] == [
        ("10.00 NPR", False),
        ("10.00 NPR", True),
    ]


def test_what_was_never_posted_shows_until_it_is_posted_for_that_day(world: AssertionWorld) -> None:
    as_of = world.now()
    world.state(world.account_id, "12.00", as_of)
    before = world.checked()[0].is_met
    world.ledger.deposit(world.account_id, npr("2.00"), effective_at=as_of)

    assert (before, world.checked()[0].is_met) == (False, True)


def test_a_later_statement_of_the_same_instant_takes_the_place_of_an_earlier_one(world: AssertionWorld) -> None:
    as_of = world.now()
    world.state(world.account_id, "11.00", as_of)
    world.state(world.account_id, "10.00", as_of - A_MOMENT)
    world.state(world.account_id, "10.00", as_of)

    assert [(each.is_met, each.is_superseded) for each in world.checked()] == [
        (True, False),
        (True, False),
        (False, True),
    ]


def test_assertions_are_listed_in_pages(world: AssertionWorld) -> None:
    for _ in range(3):
        world.state(world.account_id, "10.00", world.now())
    everything = world.checked()

    first = world.queries.list_assertions(limit=2)
    rest = world.queries.list_assertions(before=first[-1].assertion.id, limit=2)

    assert [*first, *rest] == everything


def test_a_key_is_answered_once(world: AssertionWorld) -> None:
    as_of = world.now()
    stated = (StatedBalance(as_of, npr("10.00")), StatedBalance(as_of - A_MOMENT, npr("10.00")))
    command = AssertBalances(account_id=world.account_id, stated=stated, source=BANK, idempotency_key="k")

    first, again = world.record(command, origin=LIBRARY), world.record(command, origin=LIBRARY)

    assert (first.replayed, again.replayed, again.value) == (False, True, first.value)
    assert len(world.checked()) == 2
    with pytest.raises(IdempotencyKeyReusedError):
        world.state(world.account_id, "9.00", as_of, key="k")


def test_what_cannot_be_compared_is_refused(world: AssertionWorld) -> None:
    now = world.now()

    with pytest.raises(NotFoundError):
        world.state(UNKNOWN, "1.00", now)
    with pytest.raises(InvalidRequestError):
        world.state(world.account_id, "1.00", now + timedelta(hours=1))
    dollars = (StatedBalance(now, Money.of("1.00", "USD")),)
    with pytest.raises(CurrencyMismatchError):
        world.record(AssertBalances(account_id=world.account_id, stated=dollars, source=BANK), origin=LIBRARY)
    with pytest.raises(InvalidRequestError):
        AssertBalances(account_id=world.account_id, stated=(), source=BANK)
    with pytest.raises(InvalidRequestError):
        AssertBalances(account_id=world.account_id, stated=(StatedBalance(now, npr("1")),), source=" ")
    assert world.checked() == []


def test_an_imported_statement_is_two_assertions_and_a_matching(world: AssertionWorld) -> None:
    now = world.now()
    theirs = [
        BankEntry(2, npr("10.00"), now, now, "A1", None),
        BankEntry(3, npr("3.00"), now, now, "A2", "Fee"),
    ]
    statement = BankStatement(
        account="X",
        from_instant=now - timedelta(days=1),
        to_instant=now + A_MOMENT,
        opening=npr("0.00"),
        closing=npr("13.00"),
        entries=tuple(theirs),
    )

    imported = ImportStatement(world.record, world.books)(
        world.settlement_id, statement, source=BANK, origin=LIBRARY
    ).value

    assert [match.theirs.line for match in imported.matching.matches] == [2]
    assert [each.line for each in imported.matching.only_theirs] == [3]
    assert imported.matching.only_ours == ()
    assert [(str(each.assertion.stated), each.is_met) for each in world.checked()] == [
        ("13.00 NPR", False),
        ("0.00 NPR", True),
    ]
