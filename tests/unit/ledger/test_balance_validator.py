from datetime import UTC, datetime
from uuid import UUID

import pytest

from bankcore.errors import BankcoreError, NotFoundError
from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.accounts import GENESIS_HASH, AccountKind, AccountStatus, LockedAccount, settlement_account_id
from bankcore.ledger.balance_validator import BalanceValidator
from bankcore.ledger.book import Book
from bankcore.ledger.command import MoneyCommand
from bankcore.ledger.commands import Deposit, PostTransaction, Transfer, Withdraw
from bankcore.ledger.rejections import (
    AccountClosedError,
    AccountFrozenError,
    InsufficientFundsError,
    SameAccountError,
)
from bankcore.ledger.room import RECEIVED_MAX
from bankcore.ledger.transactions import Posting
from bankcore.money import MINOR_MAX, AmountOutOfRangeError, Currency, CurrencyMismatchError, Money
from bankcore.origin import LIBRARY, Origin
from tests.worlds.values import NPR, USD, npr

TENANT = TenantId(UUID(int=100))
ALICE, BOB, DOLLARS, FEES, NOBODY = (AccountId(UUID(int=number)) for number in range(1, 6))
SETTLEMENT = settlement_account_id(TENANT, NPR)
ONE = npr("1")
BY_ALICE = Origin(owner_id="alice")


def account(
    account_id: AccountId,
    owner_id: str,
    *,
    currency: Currency = NPR,
    kind: AccountKind = AccountKind.CUSTOMER,
    floor_minor: int | None = 0,
    balance_minor: int = 1_000,
) -> LockedAccount:
    return LockedAccount(
        id=account_id,
        owner_id=owner_id,
        currency=currency,
        kind=kind,
        status=AccountStatus.ACTIVE,
        floor_minor=floor_minor,
        balance_minor=balance_minor,
        held_minor=0,
        version=0,
        head_hash=GENESIS_HASH,
        last_posted_at=None,
    )


@pytest.fixture
def book() -> Book:
    """Alice and Bob with 10.00 rupees each, an account of Alice in dollars, and two accounts of our own."""
    accounts = [
        account(ALICE, "alice"),
        account(BOB, "bob"),
        account(DOLLARS, "alice", currency=USD),
        account(FEES, "bank", kind=AccountKind.FEE, floor_minor=None),
        account(SETTLEMENT, "bank", kind=AccountKind.SETTLEMENT, floor_minor=None, balance_minor=-2_000),
    ]
    return Book(accounts, opened_at=datetime(2026, 1, 31, tzinfo=UTC))


def refusal(command: MoneyCommand, book: Book, origin: Origin = LIBRARY) -> BankcoreError | None:
    return BalanceValidator().find_refusal(command.plan(TENANT), book, origin)


def not_found(account_id: AccountId) -> NotFoundError:
    return NotFoundError(resource="account", identifier=str(account_id))


def general(*lines: tuple[AccountId, str]) -> PostTransaction:
    return PostTransaction(tuple(Posting(account_id, npr(amount)) for account_id, amount in lines))


@pytest.mark.parametrize(
    "command",
    [
        Deposit(ALICE, ONE),
        Withdraw(ALICE, npr("10")),
        Transfer(ALICE, BOB, npr("10")),
        Deposit(FEES, ONE),
        Transfer(ALICE, FEES, ONE),
        Transfer(FEES, ALICE, npr("1000")),
        Transfer(SETTLEMENT, ALICE, ONE),
        general((ALICE, "-3"), (BOB, "-2"), (FEES, "5")),
    ],
    ids=str,
)
def test_a_service_may_move_what_is_there(command: MoneyCommand, book: Book) -> None:
    assert refusal(command, book) is None


def test_source_and_destination_are_two_accounts(book: Book) -> None:
    for account_id in (ALICE, NOBODY):
        assert refusal(Transfer(account_id, account_id, ONE), book) == SameAccountError(account_id=account_id)
    assert refusal(Deposit(SETTLEMENT, ONE), book) == SameAccountError(account_id=SETTLEMENT)
    assert refusal(Withdraw(SETTLEMENT, ONE), book) == SameAccountError(account_id=SETTLEMENT)


@pytest.mark.parametrize(
    "command",
    [Deposit(NOBODY, ONE), Withdraw(NOBODY, ONE), Transfer(NOBODY, ALICE, ONE), Transfer(ALICE, NOBODY, ONE)],
    ids=str,
)
def test_an_unknown_account_is_not_found(command: MoneyCommand, book: Book) -> None:
    assert refusal(command, book) == not_found(NOBODY)


@pytest.mark.parametrize(
    ("status", "error_type"), [(AccountStatus.FROZEN, AccountFrozenError), (AccountStatus.CLOSED, AccountClosedError)]
)
def test_an_account_that_is_not_active_takes_part_in_nothing(
    status: AccountStatus,
    error_type: type[AccountFrozenError | AccountClosedError],
    book: Book,
) -> None:
    book[BOB].status = status

    for command in (
        Deposit(BOB, ONE),
        Withdraw(BOB, ONE),
        Transfer(ALICE, BOB, ONE),
        Transfer(BOB, ALICE, ONE),
        general((BOB, "1"), (FEES, "-1")),
    ):
        assert refusal(command, book) == error_type(account_id=BOB)


def test_an_account_takes_its_own_currency_only(book: Book) -> None:
    dollar = Money(100, USD)

    assert refusal(Transfer(ALICE, BOB, dollar), book) == CurrencyMismatchError(expected="NPR", actual="USD")
    assert refusal(Transfer(ALICE, DOLLARS, ONE), book) == CurrencyMismatchError(expected="USD", actual="NPR")


def test_a_deposit_in_a_currency_nobody_has_names_the_mismatch_and_not_our_side(
    book: Book,
) -> None:
    yen = Money.of("1", "JPY")

    assert refusal(Deposit(ALICE, yen), book) == CurrencyMismatchError(expected="NPR", actual="JPY")
    assert refusal(Withdraw(ALICE, yen), book) == CurrencyMismatchError(expected="NPR", actual="JPY")


def test_a_debit_below_the_floor_is_refused_with_the_facts(book: Book) -> None:
    assert refusal(Withdraw(ALICE, npr("10.01")), book) == InsufficientFundsError(
        account_id=ALICE, available=npr("10"), needed=npr("10.01"), floor=npr("0")
    )


def test_an_overdraft_limit_is_used_to_the_last_unit(book: Book) -> None:
    book[ALICE].floor_minor = -500

    assert refusal(Withdraw(ALICE, npr("15")), book) is None
    assert refusal(Withdraw(ALICE, npr("15.01")), book) == InsufficientFundsError(
        account_id=ALICE, available=npr("10"), needed=npr("15.01"), floor=npr("-5")
    )


def test_what_is_held_is_not_available(book: Book) -> None:
    book[ALICE].held_minor = 400

    assert refusal(Withdraw(ALICE, npr("6")), book) is None
    assert refusal(Withdraw(ALICE, npr("6.01")), book) == InsufficientFundsError(
        account_id=ALICE, available=npr("6"), needed=npr("6.01"), floor=npr("0")
    )


def test_a_credit_is_taken_even_below_the_floor(book: Book) -> None:
    book[ALICE].balance_minor = -5_000

    assert refusal(Deposit(ALICE, ONE), book) is None


def test_only_the_net_effect_on_an_account_meets_its_floor(book: Book) -> None:
    dips = general((ALICE, "-15"), (BOB, "10"), (ALICE, "5"))
    overdrawn = general((ALICE, "-15"), (BOB, "11"), (ALICE, "4"))

    assert refusal(dips, book) is None
    assert refusal(overdrawn, book) == InsufficientFundsError(
        account_id=ALICE, available=npr("10"), needed=npr("11"), floor=npr("0")
    )


def out_of_range(account_id: AccountId, balance_max: int = MINOR_MAX) -> AmountOutOfRangeError:
    return AmountOutOfRangeError(currency="NPR", account_id=account_id, balance_max=Money(balance_max, NPR))


def test_no_recorded_balance_of_a_customer_leaves_64_bits(book: Book) -> None:
    book[BOB].balance_minor = MINOR_MAX - 100
    book[ALICE].balance_minor = -MINOR_MAX + 100
    book[ALICE].floor_minor = None

    assert refusal(Deposit(BOB, npr("1")), book) is None
    assert refusal(Deposit(BOB, npr("1.01")), book) == out_of_range(BOB)
    assert refusal(Withdraw(ALICE, npr("1")), book) is None
    assert refusal(Withdraw(ALICE, npr("1.01")), book) == out_of_range(ALICE)
    on_the_way = general((BOB, "5"), (BOB, "-5"), (ALICE, "-1"), (FEES, "1"))
    assert refusal(on_the_way, book) == out_of_range(BOB)


def test_refusals_have_an_order_who_whether_in_what_currency_and_how_much(
    book: Book,
) -> None:
    book[BOB].status = AccountStatus.CLOSED
    book[DOLLARS].status = AccountStatus.FROZEN
    too_much = npr("5000")

    assert refusal(Transfer(BOB, BOB, too_much), book) == SameAccountError(account_id=BOB)
    assert refusal(Transfer(BOB, NOBODY, too_much), book) == AccountClosedError(account_id=BOB)
    assert refusal(Transfer(BOB, ALICE, too_much), book, BY_ALICE) == not_found(BOB)
    assert refusal(Transfer(ALICE, DOLLARS, too_much), book) == AccountFrozenError(account_id=DOLLARS)
    book[DOLLARS].status = AccountStatus.ACTIVE
    assert refusal(Transfer(ALICE, DOLLARS, too_much), book) == CurrencyMismatchError(expected="USD", actual="NPR")
    book[BOB].status, book[BOB].balance_minor = AccountStatus.ACTIVE, MINOR_MAX
    assert refusal(Transfer(ALICE, BOB, too_much), book) == out_of_range(BOB, RECEIVED_MAX)


@pytest.mark.parametrize(
    "command",
    [
        Deposit(ALICE, ONE),
        Withdraw(ALICE, ONE),
        Transfer(ALICE, BOB, ONE),
    ],
    ids=str,
)
def test_a_holder_moves_his_own_money_to_anybody(command: MoneyCommand, book: Book) -> None:
    assert refusal(command, book, BY_ALICE) is None


@pytest.mark.parametrize(
    ("command", "hidden"),
    [
        (Deposit(BOB, ONE), BOB),
        (Withdraw(BOB, ONE), BOB),
        (Transfer(BOB, ALICE, ONE), BOB),
        (general((BOB, "-1"), (ALICE, "1")), BOB),
        (general((ALICE, "-1"), (BOB, "1")), BOB),
    ],
    ids=str,
)
def test_somebody_elses_account_is_not_there_for_a_holder(command: MoneyCommand, hidden: AccountId, book: Book) -> None:
    assert refusal(command, book, BY_ALICE) == not_found(hidden)


@pytest.mark.parametrize(
    ("command", "hidden"),
    [
        (Deposit(FEES, ONE), FEES),
        (Withdraw(FEES, ONE), FEES),
        (Transfer(FEES, ALICE, ONE), FEES),
        (Transfer(ALICE, FEES, ONE), FEES),
        (Transfer(ALICE, SETTLEMENT, ONE), SETTLEMENT),
        (Transfer(SETTLEMENT, ALICE, ONE), SETTLEMENT),
        (general((SETTLEMENT, "-1"), (ALICE, "1")), SETTLEMENT),
        (Deposit(SETTLEMENT, Money(100, USD)), SETTLEMENT),
        (Withdraw(SETTLEMENT, Money(100, USD)), SETTLEMENT),
    ],
    ids=str,
)
def test_our_own_accounts_are_not_there_for_a_holder(command: MoneyCommand, hidden: AccountId, book: Book) -> None:
    assert refusal(command, book, BY_ALICE) == not_found(hidden)


def test_a_holder_of_a_system_account_is_still_no_holder(book: Book) -> None:
    book[FEES].owner_id = "alice"

    assert refusal(Withdraw(FEES, ONE), book, BY_ALICE) == not_found(FEES)
