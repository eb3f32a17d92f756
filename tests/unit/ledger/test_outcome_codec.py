import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID

import pytest

from bankcore.errors import (
    BankcoreError,
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    InvalidStateError,
    LedgerInvariantError,
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
    ThrottledError,
    UnauthenticatedError,
    UnavailableError,
)
from bankcore.idempotency.answers import Rejected
from bankcore.idempotency.keys import IdempotencyInProgressError, IdempotencyKeyReusedError
from bankcore.identifiers import AccountId, HoldId, TransactionId
from bankcore.ledger.accounts import AccountStatus, FreezeDirection
from bankcore.ledger.limits import LimitWindow
from bankcore.ledger.outcome_codec import decode_outcome, encode_outcome
from bankcore.ledger.outcomes import Changed, Opened, Posted
from bankcore.ledger.rejections import (
    AccountClosedError,
    AccountDormantError,
    AccountExistsError,
    AccountFrozenError,
    AccountNotEmptyError,
    AlreadyReversedError,
    BatchRejectedError,
    CaptureExceedsHoldError,
    ChainRejectedError,
    ExpiryOutOfRangeError,
    InsufficientFundsError,
    LimitExceededError,
    PreconditionFailedError,
    ReversalExceedsTransactionError,
    SameAccountError,
    SourceReusedError,
)
from bankcore.money import AmountOutOfRangeError, Currency, CurrencyMismatchError, Money
from bankcore.testing import InMemoryBank
from tests.worlds.values import NPR, npr

ALICE = AccountId(UUID(int=1))

REFUSALS: list[BankcoreError] = [
    BankcoreError(),
    InvalidRequestError(pointer="/amount", detail='with "quotes", \u2603 and \x1f'),
    UnauthenticatedError(),
    ForbiddenError(),
    NotFoundError(resource="account", identifier=str(ALICE)),
    RejectedError(),
    ConflictError(),
    InvalidStateError(resource="account", identifier=str(ALICE), state="frozen"),
    ThrottledError(retry_after_s=7),
    UnavailableError(),
    OutcomeUnknownError(),
    AmountOutOfRangeError(currency="NPR"),
    CurrencyMismatchError(expected="NPR", actual="USD"),
    IdempotencyKeyReusedError(idempotency_key="k"),
    IdempotencyInProgressError(idempotency_key="k", retry_after_s=2),
    InsufficientFundsError(account_id=ALICE, available=npr("-1"), needed=Money(2**63 - 1, NPR), floor=npr("-5")),
    SameAccountError(account_id=ALICE),
    CaptureExceedsHoldError(hold_id=HoldId(UUID(int=7)), remaining=npr("1"), needed=npr("2")),
    ExpiryOutOfRangeError(after=datetime(2026, 1, 31, tzinfo=UTC), latest=datetime(2027, 1, 31, tzinfo=UTC)),
    LimitExceededError(
        account_id=ALICE,
        per=LimitWindow.DAY,
        kind="transfer",
        limit=npr("5"),
        used=npr("3"),
        allowed=npr("2"),
        resets_at=datetime(2026, 2, 1, tzinfo=UTC),
    ),
    AlreadyReversedError(transaction_id=TransactionId(UUID(int=8))),
    ReversalExceedsTransactionError(transaction_id=TransactionId(UUID(int=8)), remaining=npr("1"), needed=npr("2")),
    AccountFrozenError(account_id=ALICE, direction=FreezeDirection.CREDITS),
    AccountDormantError(account_id=ALICE),
    AccountNotEmptyError(account_id=ALICE, balance=npr("1"), held=npr("1"), hold_id=HoldId(UUID(int=7))),
    AccountClosedError(account_id=ALICE),
    AccountExistsError(account_id=ALICE),
    SourceReusedError(source_type="payout", source_id="1"),
    BatchRejectedError(failed_index=3),
    ChainRejectedError(chain="rent", failed_index=3),
    PreconditionFailedError(
        account_id=ALICE, expected_version=None, version=2, available_min=npr("5"), available=npr("-1")
    ),
]


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class QuoteExpiredError(RejectedError):
    code: ClassVar[str] = "test_quote_expired"
    currency: Currency
    expired_at: datetime
    digest: bytes
    final: bool
    limit_minor: int | None


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class TooSlowError(RejectedError):
    code: ClassVar[str] = "test_too_slow"
    waited: timedelta


def error_types(error_type: type[BankcoreError] = BankcoreError) -> Iterator[type[BankcoreError]]:
    yield error_type
    for subclass in error_type.__subclasses__():
        yield from error_types(subclass)


@pytest.mark.parametrize("reason", REFUSALS, ids=lambda reason: reason.code)
def test_a_refusal_is_read_back_with_its_facts(reason: BankcoreError) -> None:
    decoded = decode_outcome(encode_outcome(Rejected(reason)))

    assert decoded == Rejected(reason, replayed=True)


def test_a_refusal_of_before_freezes_had_a_direction_is_read_as_one_in_both() -> None:
    stored = f'{{"rejected":"account_frozen","facts":{{"account_id":["uuid","{ALICE.hex}"]}}}}'.encode()

    assert decode_outcome(stored) == Rejected(
        AccountFrozenError(account_id=ALICE, direction=FreezeDirection.BOTH), replayed=True
    )


def test_every_error_of_money_and_ledger_is_tried_here() -> None:
    modules = {"bankcore.errors", "bankcore.money", "bankcore.idempotency.keys", "bankcore.ledger.rejections"}

    assert {error_type for error_type in error_types() if error_type.__module__ in modules} == {
        type(reason) for reason in REFUSALS
    }


def test_an_error_that_another_capability_defines_later_is_read_back_too() -> None:
    reason = QuoteExpiredError(
        currency=NPR,
        expired_at=datetime(2026, 1, 31, 12, 0, 0, 1, tzinfo=UTC),
        digest=b"\x00\xff",
        final=True,
        limit_minor=None,
    )

    assert decode_outcome(encode_outcome(Rejected(reason))) == Rejected(reason, replayed=True)


def test_a_fact_that_cannot_be_kept_stops_everything() -> None:
    with pytest.raises(LedgerInvariantError, match="timedelta"):
        encode_outcome(Rejected(TooSlowError(waited=timedelta(1))))


def test_an_opened_account_is_read_back_as_it_stood(bank: InMemoryBank) -> None:
    plain = bank.accounts.open(currency="NPR", owner_id="alice")
    special = bank.accounts.open(currency="KWD", owner_id="bob \u2603", name="Savings", floor="-1.250")
    floorless = dataclasses.replace(special, floor_minor=None)

    for account in (plain, special, floorless):
        assert decode_outcome(encode_outcome(Opened(account))) == Opened(account, replayed=True)


def test_a_posted_transaction_is_kept_by_its_id_alone(bank: InMemoryBank) -> None:
    account = bank.accounts.open(currency="NPR", owner_id="alice")
    transaction = bank.ledger.deposit(account.id, npr("1"))

    encoded = encode_outcome(Posted(transaction))

    assert decode_outcome(encoded) == transaction.id
    assert len(encoded) < 64


def test_the_stored_form_stays_readable() -> None:
    """Keys stored by an earlier release are replayed by a later one."""
    stored = b'{"rejected":"insufficient_funds","facts":{"account_id":["uuid","00000000000000000000000000000001"],'
    stored += b'"available":["money","1000 NPR"],"needed":["money","2500 NPR"],"floor":["money","0 NPR"]}}'

    assert decode_outcome(stored) == Rejected(
        InsufficientFundsError(account_id=ALICE, available=npr("10"), needed=npr("25"), floor=npr("0")), replayed=True
    )


def test_a_changed_account_is_read_back_by_its_id_and_status() -> None:
    assert decode_outcome(encode_outcome(Changed(ALICE, AccountStatus.FROZEN))) == Changed(
        ALICE, AccountStatus.FROZEN, replayed=True
    )
