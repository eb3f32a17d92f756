from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from uuid import UUID

import pytest

from bankcore.errors import InvalidRequestError
from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.accounts import AccountKind, FreezeDirection, settlement_account_id
from bankcore.ledger.command import Command
from bankcore.ledger.commands import (
    CloseAccount,
    Deposit,
    FreezeAccount,
    MakeDormant,
    OpenAccount,
    PostTransaction,
    Transfer,
    UnfreezeAccount,
    WakeAccount,
    Withdraw,
)
from bankcore.ledger.transactions import Posting, Source
from bankcore.money import MINOR_MAX, AmountOutOfRangeError, Money
from tests.worlds.values import NPR, USD, npr

TENANT = TenantId(UUID(int=100))
ALICE, BOB = AccountId(UUID(int=1)), AccountId(UUID(int=2))
TEN = npr("10")
DAY = datetime(2026, 1, 31, tzinfo=UTC)


def pointer_of(make: Callable[[], object]) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        make()
    return caught.value.pointer


@pytest.mark.parametrize("text", ["", "a" * 101, "a\x00", "\ud800"])
def test_an_account_needs_an_owner_and_a_name_that_can_be_stored(text: str) -> None:
    assert pointer_of(lambda: OpenAccount(text, NPR)) == "/ownerId"
    assert pointer_of(lambda: OpenAccount("alice", NPR, name=text)) == "/name"


@pytest.mark.parametrize("floor_minor", [1, -MINOR_MAX - 1, -0.5, False])
def test_a_floor_is_a_whole_number_of_at_most_zero(floor_minor: int) -> None:
    assert pointer_of(lambda: OpenAccount("alice", NPR, floor_minor=floor_minor)) == "/floor"


@pytest.mark.parametrize("floor_minor", [0, -1, -MINOR_MAX, None])
def test_a_floor_may_be_zero_an_overdraft_limit_or_none(floor_minor: int | None) -> None:
    assert OpenAccount("alice", NPR, floor_minor=floor_minor, name="Savings").floor_minor == floor_minor


def test_nobody_opens_a_settlement_account_by_command() -> None:
    assert pointer_of(lambda: OpenAccount("bank", NPR, account_kind=AccountKind.SETTLEMENT)) == "/kind"


def test_a_key_is_checked_on_every_command() -> None:
    assert pointer_of(lambda: OpenAccount("alice", NPR, idempotency_key="")) == "/idempotencyKey"
    assert pointer_of(lambda: Deposit(ALICE, TEN, idempotency_key="\n")) == "/idempotencyKey"


@pytest.mark.parametrize("amount", [npr("0"), npr("-1")])
def test_money_moves_in_positive_amounts(amount: Money) -> None:
    assert pointer_of(lambda: Deposit(ALICE, amount)) == "/amount"
    assert pointer_of(lambda: Withdraw(ALICE, amount)) == "/amount"
    assert pointer_of(lambda: Transfer(ALICE, BOB, amount)) == "/amount"


@pytest.mark.parametrize("text", ["", "a" * 141, "a\x00b", "\udfff"])
def test_a_reference_can_be_stored(text: str) -> None:
    assert pointer_of(lambda: Deposit(ALICE, TEN, reference=text)) == "/reference"
    assert Deposit(ALICE, TEN, reference="a" * 140).reference == "a" * 140


@pytest.mark.parametrize(
    ("metadata", "pointer"),
    [
        ({str(number): "" for number in range(33)}, "/metadata"),
        ({"": "x"}, "/metadata"),
        ({"a" * 65: "x"}, "/metadata"),
        ({"a\x00": "x"}, "/metadata"),
        ({"a": "x" * 501}, "/metadata/a"),
        ({"a": "\x00"}, "/metadata/a"),
        ({"a": 5}, "/metadata/a"),
        ({"a/b~c": "\ud800"}, "/metadata/a~1b~0c"),
    ],
)
def test_metadata_is_a_little_text_that_can_be_stored(metadata: Mapping[str, str], pointer: str) -> None:
    assert pointer_of(lambda: Deposit(ALICE, TEN, metadata=metadata)) == pointer


def test_a_command_keeps_its_own_copy_of_the_metadata() -> None:
    metadata = {"order": "7"}
    command = Deposit(ALICE, TEN, metadata=metadata)

    metadata["order"] = "8"

    assert command.metadata == {"order": "7"}
    with pytest.raises(TypeError):
        command.metadata["order"] = "9"  # type: ignore[index] # what a caller must not be able to do


def test_an_instant_needs_an_offset_and_is_kept_in_utc() -> None:
    naive, kathmandu = datetime(2026, 1, 31), timezone(timedelta(hours=5, minutes=45))  # noqa: DTZ001 - what is refused

    command = Deposit(ALICE, TEN, effective_at=datetime(2026, 1, 31, 5, 45, tzinfo=kathmandu))

    assert pointer_of(lambda: Deposit(ALICE, TEN, effective_at=naive)) == "/effectiveAt"
    assert command.effective_at == DAY
    assert command.effective_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("source", "pointer"),
    [
        (Source("", "1"), "/sourceType"),
        (Source("a" * 65, "1"), "/sourceType"),
        (Source("payout", ""), "/sourceId"),
        (Source("payout", "\x00"), "/sourceId"),
    ],
)
def test_a_source_can_be_stored(source: Source, pointer: str) -> None:
    assert pointer_of(lambda: Deposit(ALICE, TEN, source=source)) == pointer


def test_every_movement_compiles_to_balanced_postings() -> None:
    settlement = settlement_account_id(TENANT, NPR)

    assert Deposit(ALICE, TEN).postings(TENANT) == (Posting(ALICE, TEN), Posting(settlement, -TEN))
    assert Withdraw(ALICE, TEN).postings(TENANT) == (Posting(ALICE, -TEN), Posting(settlement, TEN))
    assert Transfer(ALICE, BOB, TEN).postings(TENANT) == (Posting(ALICE, -TEN), Posting(BOB, TEN))
    lines = [Posting(ALICE, -TEN), Posting(BOB, TEN)]
    assert PostTransaction(tuple(lines)).postings(TENANT) == tuple(lines)


@pytest.mark.parametrize("kind", ["", "Fee", "1fee", "a" * 33, "fee ", "fee-x", "frais_é"])
def test_the_kind_of_a_general_transaction_is_a_lower_case_word(kind: str) -> None:
    lines = (Posting(ALICE, -TEN), Posting(BOB, TEN))

    assert pointer_of(lambda: PostTransaction(lines, transaction_kind=kind)) == "/kind"
    assert PostTransaction(lines, transaction_kind="fee_2026").transaction_kind == "fee_2026"


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (Posting(ALICE, TEN),),
        (Posting(ALICE, TEN), Posting(BOB, npr("-9.99"))),
        (Posting(ALICE, TEN), Posting(BOB, npr("0")), Posting(BOB, -TEN)),
        (Posting(ALICE, TEN), Posting(BOB, Money(-1_000, USD))),
        (Posting(ALICE, TEN), Posting(BOB, TEN)),
        (Posting(ALICE, TEN), Posting(BOB, -TEN)) * 501,
    ],
)
def test_general_postings_are_few_and_sum_to_zero_in_each_currency(lines: tuple[Posting, ...]) -> None:
    assert pointer_of(lambda: PostTransaction(lines)) == "/postings"


def test_general_postings_may_be_of_several_currencies() -> None:
    dollars = Money(700, USD)
    lines = (Posting(ALICE, TEN), Posting(BOB, -TEN), Posting(ALICE, -dollars), Posting(BOB, dollars))

    assert PostTransaction(lines).lines == lines


def test_what_general_postings_move_in_total_is_an_amount() -> None:
    most = Money(MINOR_MAX, NPR)

    with pytest.raises(AmountOutOfRangeError):
        PostTransaction((Posting(ALICE, most), Posting(BOB, -most), Posting(ALICE, npr("1")), Posting(BOB, npr("-1"))))


def test_postings_are_kept_as_a_tuple_of_their_own() -> None:
    lines = [Posting(ALICE, -TEN), Posting(BOB, TEN)]
    command = PostTransaction(lines)  # type: ignore[arg-type] # callers without a type checker do pass lists

    lines.clear()

    assert len(command.lines) == 2


EQUAL: list[tuple[Command, Command]] = [
    (Deposit(ALICE, TEN, idempotency_key="a"), Deposit(ALICE, npr("10.00"), idempotency_key="b")),
    (Deposit(ALICE, TEN, metadata={"a": "1", "b": "2"}), Deposit(ALICE, TEN, metadata={"b": "2", "a": "1"})),
    (
        Deposit(ALICE, TEN, effective_at=DAY),
        Deposit(ALICE, TEN, effective_at=DAY.astimezone(timezone(timedelta(hours=-3)))),
    ),
    (OpenAccount("alice", NPR, idempotency_key="a"), OpenAccount("alice", NPR)),
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_the_same_request_has_the_same_fingerprint_whatever_its_key(one: Command, other: Command) -> None:
    assert one.fingerprint() == other.fingerprint()
    assert len(one.fingerprint()) == 32


def test_every_field_of_a_request_counts_in_its_fingerprint() -> None:
    lines = (Posting(ALICE, -TEN), Posting(BOB, TEN))
    requests = [
        Deposit(ALICE, TEN),
        Withdraw(ALICE, TEN),
        Deposit(BOB, TEN),
        Deposit(ALICE, npr("10.01")),
        Deposit(ALICE, Money(1_000, USD)),
        Deposit(ALICE, TEN, reference="rent"),
        Deposit(ALICE, TEN, metadata={"a": "1"}),
        Deposit(ALICE, TEN, metadata={"a": "2"}),
        Deposit(ALICE, TEN, effective_at=DAY),
        Deposit(ALICE, TEN, source=Source("payout", "1")),
        Deposit(ALICE, TEN, source=Source("payout", "2")),
        Transfer(ALICE, BOB, TEN),
        Transfer(BOB, ALICE, TEN),
        PostTransaction(lines),
        PostTransaction(lines[::-1]),
        PostTransaction(lines, transaction_kind="fee"),
        OpenAccount("alice", NPR),
        OpenAccount("bob", NPR),
        OpenAccount("alice", USD),
        OpenAccount("alice", NPR, name="Savings"),
        OpenAccount("alice", NPR, account_kind=AccountKind.FEE),
        OpenAccount("alice", NPR, floor_minor=-1),
        OpenAccount("alice", NPR, floor_minor=None),
        OpenAccount("alice", NPR, account_id=ALICE),
    ]

    assert len({request.fingerprint() for request in requests}) == len(requests)


A, B = (f'"00000000-0000-0000-0000-{number:012}"' for number in (1, 2))
WRITTEN: list[tuple[Command, str]] = [
    (
        Deposit(ALICE, TEN, reference="rent", metadata={"a": "1"}, source=Source("payout", "1")),
        f'["deposit",{A},1000,"NPR","rent",[["a","1"]],null,["payout","1"]]',
    ),
    (Deposit(ALICE, TEN), f'["deposit",{A},1000,"NPR",null,[],null,null]'),
    (Withdraw(ALICE, TEN, metadata={}), f'["withdrawal",{A},1000,"NPR",null,[],null,null]'),
    (Transfer(ALICE, BOB, TEN), f'["transfer",{A},{B},1000,"NPR",null,[],null,null]'),
    (Transfer(ALICE, BOB, TEN, reference='\u0930 "'), f'["transfer",{A},{B},1000,"NPR","\\u0930 \\"",[],null,null]'),
    (
        Transfer(ALICE, BOB, TEN, effective_at=datetime(2026, 1, 31, 12, tzinfo=UTC)),
        f'["transfer",{A},{B},1000,"NPR",null,[],"2026-01-31T12:00:00+00:00",null]',
    ),
    (
        PostTransaction((Posting(ALICE, -TEN), Posting(BOB, TEN))),
        f'["post_transaction","general",[[{A},-1000,"NPR"],[{B},1000,"NPR"]],null,[],null,null]',
    ),
    (OpenAccount("alice", NPR), '["open_account","alice","NPR",null,"customer",0,null]'),
    (FreezeAccount(ALICE, reason="theft"), f'["freeze_account",{A},"theft"]'),
    (UnfreezeAccount(ALICE), f'["unfreeze_account",{A},null]'),
    (FreezeAccount(ALICE, directions=FreezeDirection.DEBITS), f'["freeze_account",{A},null,"debits"]'),
    (CloseAccount(ALICE, reason="moved"), f'["close_account",{A},"moved"]'),
    (MakeDormant(ALICE), f'["make_dormant",{A},null]'),
    (WakeAccount(ALICE), f'["wake_account",{A},null]'),
]


@pytest.mark.parametrize(("command", "written"), WRITTEN)
def test_the_fingerprint_of_a_request_never_changes(command: Command, written: str) -> None:
    """Stored keys outlive a release: another fingerprint would turn every replay of a retry into a refusal."""
    assert command.fingerprint() == sha256(written.encode()).digest()
