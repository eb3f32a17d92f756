"""Ordinary mistakes of callers are met with a sentence that says what to write, and change nothing."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import pytest

from bankcore.audit.queries import AuditFilter
from bankcore.errors import InvalidRequestError
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import (
    Deposit,
    FreezeAccount,
    OpenAccount,
    PostTransaction,
    Transfer,
    UnfreezeAccount,
    Withdraw,
)
from bankcore.ledger.queries import HistoryFilter, HistoryPosition
from bankcore.ledger.transactions import Posting, Source
from bankcore.money import Currency, Money
from bankcore.testing import read_books
from tests.contract.adapters import LedgerWorld
from tests.worlds.values import NPR, npr

ONE = npr("1")
NOW = datetime(2026, 1, 31, tzinfo=UTC)
IDS: Final[tuple[Any, ...]] = ("01a2213a-22d3-70a0-afdf-c4b6de43b782", "alice", 7, None, b"id")
AMOUNTS: Final[tuple[Any, ...]] = (Decimal("1.00"), 1, 1.0, "1.00", None, NPR)
WRONG: Final[Any] = 7
TEXT: Final[Any] = "text"
WRONG_AMOUNT: Final[Any] = 9.99
Mistake = Callable[[LedgerWorld, AccountId], object]
WithValue = Callable[[LedgerWorld, AccountId, Any], object]

WITH_IDS: Final[dict[str, WithValue]] = {
    "deposit": lambda world, _own, wrong: world.ledger.deposit(wrong, ONE),
    "withdraw": lambda world, _own, wrong: world.ledger.withdraw(wrong, ONE),
    "transfer from": lambda world, own, wrong: world.ledger.transfer(wrong, own, ONE),
    "transfer to": lambda world, own, wrong: world.ledger.transfer(own, wrong, ONE),
    "freeze": lambda world, _own, wrong: world.ledger.freeze(wrong),
    "unfreeze": lambda world, _own, wrong: world.ledger.unfreeze(wrong),
    "Deposit": lambda _world, _own, wrong: Deposit(wrong, ONE),
    "Withdraw": lambda _world, _own, wrong: Withdraw(wrong, ONE),
    "Transfer": lambda _world, own, wrong: Transfer(own, wrong, ONE),
    "FreezeAccount": lambda _world, _own, wrong: FreezeAccount(wrong),
    "UnfreezeAccount": lambda _world, _own, wrong: UnfreezeAccount(wrong),
    "Posting": lambda _world, own, wrong: PostTransaction((Posting(own, ONE), Posting(wrong, -ONE))),
    "get": lambda world, _own, wrong: world.accounts.get(wrong),
    "balance": lambda world, _own, wrong: world.accounts.balance(wrong),
    "balance at": lambda world, _own, wrong: world.accounts.balance(wrong, at=NOW),
    "entries": lambda world, _own, wrong: world.accounts.entries(wrong),
    "get_account": lambda world, _own, wrong: world.queries.get_account(wrong),
    "get_owner_id": lambda world, _own, wrong: world.queries.get_owner_id(wrong),
    "last_sequence_at": lambda world, _own, wrong: world.queries.last_sequence_at(wrong, NOW),
    "get_transaction": lambda world, _own, wrong: world.queries.get_transaction(wrong),
}
WITH_AMOUNTS: Final[dict[str, WithValue]] = {
    "deposit": lambda world, own, wrong: world.ledger.deposit(own, wrong),
    "withdraw": lambda world, own, wrong: world.ledger.withdraw(own, wrong),
    "transfer": lambda world, own, wrong: world.ledger.transfer(own, own, wrong),
    "Posting": lambda _world, own, wrong: PostTransaction((Posting(own, ONE), Posting(own, wrong))),
}
OTHERS: Final[dict[str, Mistake]] = {
    "lines that are none": lambda _world, own: PostTransaction(((own, ONE), (own, -ONE))),  # type: ignore[arg-type]
    "no lines": lambda _world, _own: PostTransaction(WRONG),
    "kind of lines": lambda _world, own: PostTransaction(
        (Posting(own, ONE), Posting(own, -ONE)), transaction_kind=WRONG
    ),
    "owned after": lambda world, _own: world.accounts.owned_by("alice", after=TEXT),
    "owned by": lambda world, _own: world.accounts.owned_by(WRONG),
    "owned by NUL": lambda world, _own: world.accounts.owned_by("\0"),
    "negative limit": lambda world, _own: world.accounts.owned_by("alice", limit=-1),
    "limit as text": lambda world, own: world.accounts.entries(own, limit=TEXT),
    "limit as truth": lambda world, own: world.accounts.entries(own, limit=True),
    "negative place": lambda world, own: world.accounts.entries(own, before_sequence=-1),
    "number": lambda world, _own: world.queries.find_account_by_number(WRONG),
    "history's offset": lambda world, _own: world.queries.history(HistoryFilter(owner_id="a"), offset=-1, limit=1),
    "history's limit": lambda world, _own: world.queries.history(HistoryFilter(owner_id="a"), limit=TEXT),
    "history's place": lambda world, _own: world.queries.history(
        HistoryFilter(owner_id="a"), before=HistoryPosition(NOW, TEXT), limit=1
    ),
    "filter by owner": lambda _world, _own: HistoryFilter(owner_id=WRONG),
    "filter by account": lambda _world, _own: HistoryFilter(owner_id="a", account_id=TEXT),
    "filter by kind": lambda _world, _own: HistoryFilter(owner_id="a", kind=WRONG),
    "filter by reference": lambda _world, _own: HistoryFilter(owner_id="a", reference="\ud800"),
    "filter by number": lambda _world, _own: HistoryFilter(owner_id="a", amount_min=WRONG),
    "filter by words": lambda _world, _own: HistoryFilter(owner_id="a", amount_max="much"),
    "filter of the log": lambda _world, _own: AuditFilter(from_instant=TEXT),
    "one command for a list": lambda world, own: world.ledger.execute(Deposit(own, ONE)),  # type: ignore[arg-type]
    "text in the list": lambda world, _own: world.ledger.execute([TEXT]),
    "text for a command": lambda world, _own: world.ledger.execute_one(TEXT),
    "posted account": lambda world, _own: world.ledger.post(OpenAccount("bob", NPR)),  # type: ignore[arg-type]
    "opened money": lambda world, own: world.ledger.open_account(Deposit(own, ONE)),  # type: ignore[arg-type]
    "origin": lambda world, own: world.ledger.deposit(own, ONE, origin=TEXT),
    "key": lambda world, own: world.ledger.deposit(own, ONE, idempotency_key=UUID(int=1)),  # type: ignore[arg-type]
    "reference": lambda world, own: world.ledger.deposit(own, ONE, reference=WRONG),
    "metadata": lambda world, own: world.ledger.deposit(own, ONE, metadata=TEXT),
    "metadata's value": lambda world, own: world.ledger.deposit(own, ONE, metadata={"a": WRONG}),
    "source": lambda world, own: world.ledger.deposit(own, ONE, source=TEXT),
    "effective at": lambda world, own: world.ledger.deposit(own, ONE, effective_at=TEXT),
    "reason": lambda world, own: world.ledger.freeze(own, reason=WRONG),
    "currency of open": lambda world, _own: world.accounts.open(currency=WRONG, owner_id="a"),
    "owner of open": lambda world, _own: world.accounts.open(currency="NPR", owner_id=WRONG),
    "floor of open": lambda world, _own: world.accounts.open(currency="NPR", owner_id="a", floor=1.5),  # type: ignore[arg-type]
    "kind of open": lambda world, _own: world.accounts.open(currency="NPR", owner_id="a", kind=TEXT),
    "id of open": lambda world, _own: world.accounts.open(currency="NPR", owner_id="a", account_id=TEXT),
    "currency of OpenAccount": lambda _world, _own: OpenAccount("a", TEXT),
    "currency of Money": lambda _world, _own: Money(100, TEXT),
    "units of Money": lambda _world, _own: Money(TEXT, NPR),
    "number of Money.of": lambda _world, _own: Money.of(1.5, "NPR"),  # type: ignore[arg-type]
    "code of Money.of": lambda _world, _own: Money.of("1.00", WRONG),
    "code of Currency.of": lambda _world, _own: Currency.of(WRONG),
}


def each(what: str, asked: dict[str, WithValue], values: tuple[Any, ...]) -> list[Any]:
    return [
        pytest.param(ask, value, id=f"{what} of {name} {value!r}") for name, ask in asked.items() for value in values
    ]


def require_sentence(world: LedgerWorld, mistake: Callable[[], object]) -> None:
    before = read_books(world.queries, ["a", "alice", "bob"])

    with pytest.raises(InvalidRequestError) as caught:
        mistake()

    assert caught.value.detail
    assert read_books(world.queries, ["a", "alice", "bob"]) == before


@pytest.mark.parametrize(("ask", "value"), [*each("id", WITH_IDS, IDS), *each("amount", WITH_AMOUNTS, AMOUNTS)])
def test_a_value_of_another_type_is_met_with_a_sentence(
    world: LedgerWorld, alice: AccountId, ask: WithValue, value: object
) -> None:
    require_sentence(world, lambda: ask(world, alice, value))


@pytest.mark.parametrize("mistake", [pytest.param(ask, id=name) for name, ask in OTHERS.items()])
def test_a_mistake_is_met_with_a_sentence(world: LedgerWorld, alice: AccountId, mistake: Mistake) -> None:
    require_sentence(world, lambda: mistake(world, alice))


@pytest.mark.parametrize("other", [1, 1.0, Decimal(1), "1.00", None])
def test_money_goes_with_money_only(other: Any) -> None:
    for mix in (ONE.__add__, ONE.__sub__, ONE.__lt__):
        with pytest.raises(TypeError, match="money goes with money"):
            mix(other)


# Each says what would have been right, and what came instead.
ADVICE: Final[dict[str, tuple[Mistake, str]]] = {
    "Money with a float": (lambda _world, _own: Money(WRONG_AMOUNT, NPR), r"Money.of\(.*minor units; .*float"),
    "Money with a code": (lambda _world, _own: Money(999, TEXT), r'Money.of\("100.50", "NPR"\)'),
    "source with a number": (
        lambda world, own: world.ledger.deposit(own, ONE, source=Source("order", WRONG)),
        "this is of type int",
    ),
    "key with a UUID": (
        lambda world, own: world.ledger.deposit(own, ONE, idempotency_key=own),  # type: ignore[arg-type]
        r"write str\(...\); this is of type UUID",
    ),
    "metadata with a number": (
        lambda world, own: world.ledger.deposit(own, ONE, metadata={"a": WRONG}),
        "this is of type int",
    ),
    "a single posting": (lambda _world, own: PostTransaction(Posting(own, ONE)), r"a list such as \[Posting"),  # type: ignore[arg-type]
    "lines that miss zero": (
        lambda _world, own: PostTransaction((Posting(own, ONE), Posting(own, npr("-1.10")))),
        "NPR is off by -0.10",
    ),
}


@pytest.mark.parametrize("name", ADVICE)
def test_the_sentence_says_what_to_write_and_what_came_instead(world: LedgerWorld, alice: AccountId, name: str) -> None:
    mistake, sentence = ADVICE[name]

    with pytest.raises(InvalidRequestError, match=sentence):
        mistake(world, alice)


def test_money_is_not_divided_without_a_rule() -> None:
    with pytest.raises(TypeError, match="write percentage or allocate"):
        _ = ONE / 3
