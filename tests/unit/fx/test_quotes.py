"""A quote is good until the instant that it names, and for what it names."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest

from bankcore.errors import InvalidRequestError, LedgerInvariantError
from bankcore.fx.commands import FxTransfer, OpenPosition
from bankcore.fx.give_quote import RequestQuote
from bankcore.fx.quotes import FxQuote, FxQuoteId, QuotePolicy, QuoteStatus
from bankcore.fx.rates import ExchangeRate
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.commands import Transfer
from bankcore.ledger.quoted_transfers import QuoteExpiredError, applied_quote
from bankcore.ledger.transactions import Source
from bankcore.money import Currency, Money
from bankcore.testing import in_memory_bank
from bankcore.testing.bank import TENANT_ID
from bankcore.testing.fx import in_memory_fx

GIVEN_AT: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
EXPIRES_AT: Final = GIVEN_AT + timedelta(seconds=60)
MILLISECOND: Final = timedelta(milliseconds=1)
USD: Final = Currency.of("USD")
NPR: Final = Currency.of("NPR")
QUOTE: Final = FxQuote(
    tenant_id=TENANT_ID,
    id=FxQuoteId(UUID("019c1406-3400-7000-8000-0000000000f1")),
    owner_id="alice",
    from_amount=Money.of("100.00", USD),
    to_amount=Money.of("13325.00", NPR),
    rate=ExchangeRate.of("133.25"),
    market_rate=ExchangeRate.of("133.25"),
    spread_bps=0,
    rated_at=GIVEN_AT,
    created_at=GIVEN_AT,
    expires_at=EXPIRES_AT,
)


@pytest.mark.parametrize(
    ("at", "status", "seconds"),
    [
        (GIVEN_AT, QuoteStatus.ACTIVE, 60),
        (GIVEN_AT + MILLISECOND, QuoteStatus.ACTIVE, 59),
        (EXPIRES_AT - MILLISECOND, QuoteStatus.ACTIVE, 0),
        (EXPIRES_AT, QuoteStatus.EXPIRED, 0),
        (EXPIRES_AT + MILLISECOND, QuoteStatus.EXPIRED, 0),
        # The clock was set back.
        (GIVEN_AT - timedelta(hours=1), QuoteStatus.ACTIVE, 60),
    ],
)
def test_a_quote_expires_at_its_instant(at: datetime, status: QuoteStatus, seconds: int) -> None:
    assert (QUOTE.status_at(at), QUOTE.seconds_remaining_at(at)) == (status, seconds)


def test_a_millisecond_decides() -> None:
    amount = QUOTE.from_amount

    assert QUOTE.refusal_of(amount, at=EXPIRES_AT - MILLISECOND) is None
    assert QUOTE.refusal_of(amount, at=EXPIRES_AT + MILLISECOND) == QuoteExpiredError(
        quote_id=QUOTE.id, expired_at=EXPIRES_AT
    )


def test_a_used_quote_can_be_seen_as_it_was_given() -> None:
    used = QUOTE.used_by(TransactionId(UUID(int=7)))

    assert used.status_at(EXPIRES_AT) is QuoteStatus.USED
    assert used.as_given() == QUOTE


def test_a_request_names_two_currencies_and_an_amount() -> None:
    hundred = Money.of("100.00", USD)
    for pointer, amount, into in (
        ("/fromAmount", Money.zero(USD), NPR),
        ("/fromAmount", -hundred, NPR),
        ("/fromAmount", "100.00", NPR),
        ("/toCurrency", hundred, USD),
        ("/toCurrency", hundred, "NPR"),
    ):
        with pytest.raises(InvalidRequestError) as refused:
            RequestQuote(amount, into)  # type: ignore[arg-type]
        assert refused.value.pointer == pointer
    with pytest.raises(InvalidRequestError):
        RequestQuote(hundred, NPR, idempotency_key="\n")


def test_a_spread_is_kept_by_the_bank_and_shown_beside_the_market_rate() -> None:
    bank = in_memory_bank()
    fx = in_memory_fx(bank, QuotePolicy(spread_bps=25))
    fx.rates.set_rate("USD/NPR", "133.25")

    quote = fx.services.give_quote(RequestQuote(Money.of("100.00", USD), NPR)).value

    assert (str(quote.rate), str(quote.market_rate), quote.spread_bps) == ("132.916875", "133.25", 25)
    assert quote.to_amount == Money.of("13291.68", NPR)
    assert str(quote.pair) == "USD/NPR"


def test_what_is_remembered_and_gone_is_a_defect() -> None:
    bank = in_memory_bank()
    fx = in_memory_fx(bank)
    fx.rates.set_rate("USD/NPR", "133.25")
    account, other = (bank.accounts.open(currency=code, owner_id="alice") for code in ("USD", "NPR"))
    bank.ledger.deposit(account.id, Money.of("100.00", USD))
    asked = RequestQuote(Money.of("100.00", USD), NPR, idempotency_key="q")
    quote = fx.services.give_quote(asked).value
    transfer = Transfer(account.id, other.id, quote.from_amount, idempotency_key="t")
    fx.services.use_quote(transfer, quote.id)
    fx.stored.quotes.clear()
    bank.books.transactions.clear()

    with pytest.raises(LedgerInvariantError):
        fx.services.give_quote(asked)
    with pytest.raises(LedgerInvariantError):
        fx.services.use_quote(transfer, quote.id)


def test_the_source_of_a_transfer_at_a_quote_is_the_quote() -> None:
    bank = in_memory_bank()
    fx = in_memory_fx(bank)
    account = bank.accounts.open(currency="USD", owner_id="alice")
    transfer = Transfer(account.id, account.id, Money.of("1.00", USD), source=Source("payout", "1"))

    with pytest.raises(InvalidRequestError) as refused:
        fx.services.use_quote(transfer, QUOTE.id)

    assert refused.value.pointer == "/sourceType"
    posted = bank.ledger.deposit(account.id, Money.of("1.00", USD), metadata={"fxRate": "1", "fxQuoteId": "2"})
    assert applied_quote(posted) is None


def test_what_is_asked_of_the_ledger_has_a_fingerprint() -> None:
    transfer = Transfer(AccountId(UUID(int=1)), AccountId(UUID(int=2)), QUOTE.from_amount)
    at_quote, other = FxTransfer.at(QUOTE, transfer), FxTransfer.at(replace(QUOTE, to_amount=Money(1, NPR)), transfer)

    assert at_quote.fingerprint() == FxTransfer.at(QUOTE, transfer).fingerprint() != other.fingerprint()
    assert OpenPosition(USD).fingerprint() == OpenPosition(USD).fingerprint() != OpenPosition(NPR).fingerprint()
