"""One suite for both adapters of FX's ports: a quote is given, and used once."""

from datetime import timedelta
from typing import Any

import pytest

from bankcore.errors import InvalidRequestError, NotFoundError
from bankcore.fx.give_quote import RequestQuote
from bankcore.fx.quotes import FxQuoteId, QuoteStatus
from bankcore.fx.rates import ExchangeRate, FxUnavailableError, RateProblem
from bankcore.idempotency.answers import Accepted, Rejected
from bankcore.idempotency.keys import IdempotencyInProgressError, IdempotencyKey, IdempotencyKeyReusedError
from bankcore.ledger.accounts import position_account_id
from bankcore.ledger.commands import Transfer
from bankcore.ledger.quoted_transfers import QuoteExpiredError, QuoteUsedError, applied_quote
from bankcore.ledger.rejections import InsufficientFundsError
from bankcore.ledger.transactions import Source
from bankcore.money import AmountOutOfRangeError, Currency, CurrencyMismatchError
from tests.contract.fx_adapters import ALICE, BOB, NOWHERE, SERVICE, FxAdapter, money

MINUTE = timedelta(seconds=60)


def test_a_quote_says_what_is_got_and_until_when(fx: FxAdapter) -> None:
    given = fx.quote("100.00 USD", "NPR")

    found, now = fx.services.queries.get_quote(given.id, owner_id="alice")
    assert found == given
    assert (str(given.from_amount), str(given.to_amount), str(given.rate)) == ("100.00 USD", "13325.00 NPR", "133.25")
    assert given.expires_at - given.created_at == MINUTE
    assert given.status_at(now) is QuoteStatus.ACTIVE
    assert 50 <= given.seconds_remaining_at(now) <= 59


def test_a_quote_moves_money_by_four_entries_through_our_positions(fx: FxAdapter) -> None:
    quote = fx.quote()

    answer = fx.move(quote.id, metadata={"invoice": "7"})

    assert isinstance(answer, Accepted)
    transaction, tenant_id = answer.value, fx.bank.tenant_id
    moved = {entry.account_id: str(entry.amount) for entry in transaction.entries}
    assert moved == {
        fx.dollars.id: "-100.00 USD",
        position_account_id(tenant_id, Currency.of("USD")): "100.00 USD",
        position_account_id(tenant_id, Currency.of("NPR")): "-13325.00 NPR",
        fx.rupees.id: "13325.00 NPR",
    }
    assert (fx.balance(fx.dollars), fx.balance(fx.rupees)) == ("900.00 USD", "13325.00 NPR")
    assert (transaction.kind, transaction.amount) == ("fx_transfer", None)
    assert transaction.metadata == {"invoice": "7", "fxQuoteId": str(quote.id), "fxRate": "133.25"}
    assert transaction.source == Source("fx_quote", str(quote.id))
    assert applied_quote(transaction) == (str(quote.id), "133.25")
    assert fx.bank.queries.get_transaction(transaction.id).transaction == transaction
    assert fx.services.queries.get_quote(quote.id).quote == quote.used_by(transaction.id)


def test_a_quote_is_used_once(fx: FxAdapter) -> None:
    quote = fx.quote()
    fx.move(quote.id)

    again = fx.move(quote.id)
    fx.let_time_pass(2 * MINUTE)
    later = fx.move(quote.id)

    assert again == later == Rejected(QuoteUsedError(quote_id=quote.id))
    assert fx.balance(fx.dollars) == "900.00 USD"
    found, now = fx.services.queries.get_quote(quote.id)
    assert (found.status_at(now), found.seconds_remaining_at(now)) == (QuoteStatus.USED, 0)


def test_a_quote_whose_time_is_over_moves_nothing(fx: FxAdapter) -> None:
    quote = fx.quote()
    fx.let_time_pass(MINUTE + timedelta(milliseconds=1))

    answer = fx.move(quote.id)

    found, now = fx.services.queries.get_quote(quote.id)
    assert answer == Rejected(QuoteExpiredError(quote_id=quote.id, expired_at=found.expires_at))
    assert (found.status_at(now), found.seconds_remaining_at(now)) == (QuoteStatus.EXPIRED, 0)
    assert fx.balance(fx.dollars) == "1000.00 USD"


def test_a_transfer_that_is_sent_again_after_the_quote_expired_is_answered_as_at_first(fx: FxAdapter) -> None:
    quote = fx.quote()
    first = fx.move(quote.id, key="pay-1")
    fx.let_time_pass(2 * MINUTE)

    again = fx.move(quote.id, key="pay-1")

    assert isinstance(first, Accepted)
    assert again == Accepted(first.value, replayed=True)
    assert fx.balance(fx.dollars) == "900.00 USD"


def test_a_refusal_is_repeated_with_its_key(fx: FxAdapter) -> None:
    quote = fx.quote()
    fx.let_time_pass(2 * MINUTE)

    first, again = fx.move(quote.id, key="pay-1"), fx.move(quote.id, key="pay-1")

    assert isinstance(first, Rejected)
    assert again == Rejected(first.reason, replayed=True)


def test_what_the_ledger_refuses_leaves_the_quote_as_it_was(fx: FxAdapter) -> None:
    quote = fx.quote("5000.00 USD")

    refused = fx.move(quote.id, "5000.00 USD")
    fx.bank.ledger.deposit(fx.dollars.id, money("4000.00 USD"))
    answer = fx.move(quote.id, "5000.00 USD")

    assert isinstance(refused, Rejected)
    assert isinstance(refused.reason, InsufficientFundsError)
    assert refused.reason.account_id == fx.dollars.id
    assert isinstance(answer, Accepted)


def test_a_quote_is_for_one_amount_and_two_currencies(fx: FxAdapter) -> None:
    fx.rates.set_rate("USD/JPY", "151.5")
    quote, yen = fx.quote(), fx.quote("100.00 USD", "JPY")

    assert fx.move(quote.id, "100.01 USD") == Rejected(
        InvalidRequestError(pointer="/amount", detail="the quote is for 100.00 USD")
    )
    assert fx.move(quote.id, "100.00 EUR") == Rejected(CurrencyMismatchError(expected="USD", actual="EUR"))
    assert fx.move(yen.id) == Rejected(CurrencyMismatchError(expected="NPR", actual="JPY"))
    assert fx.move(yen.id, source=fx.rupees.id) == Rejected(CurrencyMismatchError(expected="NPR", actual="USD"))
    assert isinstance(fx.move(yen.id, to=fx.yen_of_bob.id), Accepted)
    assert fx.balance(fx.yen_of_bob) == "15150 JPY"


def test_a_quote_is_known_to_nobody_but_whom_it_was_given_to(fx: FxAdapter) -> None:
    quote = fx.quote(origin=ALICE)
    ours = fx.quote(origin=SERVICE)
    missing = Rejected(NotFoundError(resource="fx_quote", identifier=str(quote.id)))

    assert fx.move(quote.id, origin=BOB) == missing
    assert fx.move(NOWHERE) == Rejected(NotFoundError(resource="fx_quote", identifier=str(NOWHERE)))
    for quote_id in (quote.id, FxQuoteId(NOWHERE)):
        with pytest.raises(NotFoundError):
            fx.services.queries.get_quote(quote_id, owner_id="bob")
    with pytest.raises(NotFoundError):
        fx.services.queries.get_quote(ours.id, owner_id="alice")
    assert isinstance(fx.move(quote.id, origin=SERVICE), Accepted)


def test_a_holder_exchanges_own_money_only(fx: FxAdapter) -> None:
    quote = fx.quote(origin=BOB)

    answer = fx.move(quote.id, origin=BOB)

    assert answer == Rejected(NotFoundError(resource="account", identifier=str(fx.dollars.id)))


def test_a_quote_that_is_asked_for_again_with_its_key_is_the_first_one_as_it_was(fx: FxAdapter) -> None:
    first = fx.ask(key="q-1")
    assert isinstance(first, Accepted)
    fx.move(first.value.id)
    fx.rates.problem = RateProblem.UNREACHABLE

    again = fx.ask(key="q-1")
    other = fx.ask("7.00 USD", key="q-1")

    assert again == Accepted(first.value, replayed=True)
    assert other == Rejected(IdempotencyKeyReusedError(idempotency_key="q-1"))


def test_a_key_that_is_at_work_elsewhere_is_told_at_once(fx: FxAdapter) -> None:
    quote = fx.quote()

    with fx.hold_key(IdempotencyKey("alice", "k")):
        assert fx.move(quote.id, key="k") == Rejected(IdempotencyInProgressError(idempotency_key="k"))
        assert fx.ask(key="k") == Rejected(IdempotencyInProgressError(idempotency_key="k"))


def test_one_key_is_for_one_request_of_any_kind(fx: FxAdapter) -> None:
    quote = fx.ask(key="k")
    assert isinstance(quote, Accepted)
    reused = Rejected(IdempotencyKeyReusedError(idempotency_key="k"))

    assert fx.move(quote.value.id, key="k") == reused
    with pytest.raises(IdempotencyKeyReusedError):
        fx.bank.ledger.deposit(fx.dollars.id, money("1.00 USD"), idempotency_key="k", origin=ALICE)
    fx.move(quote.value.id, key="m")
    with pytest.raises(IdempotencyKeyReusedError):
        fx.bank.ledger.deposit(fx.dollars.id, money("1.00 USD"), idempotency_key="m", origin=ALICE)


@pytest.mark.parametrize("problem", RateProblem)
def test_without_a_rate_there_is_no_quote_and_the_key_stays_free(fx: FxAdapter, problem: RateProblem) -> None:
    fx.quote()
    fx.rates.problem = problem

    refused = fx.ask(key="q-1")
    fx.rates.problem = None
    answer = fx.ask(key="q-1")

    assert refused == Rejected(FxUnavailableError(pair="USD/NPR", problem=problem))
    assert isinstance(answer, Accepted)
    assert not answer.replayed


def test_a_rate_that_is_too_old_or_of_tomorrow_is_never_used(fx: FxAdapter) -> None:
    fx.rates.age = MINUTE + timedelta(seconds=5)
    old = fx.ask()
    fx.rates.age = -timedelta(seconds=30)
    early = fx.ask()
    fx.rates.age = MINUTE - timedelta(seconds=5)
    fresh = fx.ask()

    assert old == Rejected(FxUnavailableError(pair="USD/NPR", problem=RateProblem.TOO_OLD))
    assert early == Rejected(FxUnavailableError(pair="USD/NPR", problem=RateProblem.WRONG_ANSWER))
    assert isinstance(fresh, Accepted)
    assert fx.ask("1.00 USD", "EUR") == Rejected(FxUnavailableError(pair="USD/EUR", problem=RateProblem.NO_SUCH_RATE))


def test_an_amount_that_comes_to_nothing_or_to_too_much_is_refused(fx: FxAdapter) -> None:
    fx.rates.set_rate("NPR/USD", "0.0075")

    assert fx.ask("1.33 NPR", "USD") == Rejected(
        InvalidRequestError(pointer="/fromAmount", detail="it comes to less than the smallest amount of USD")
    )
    assert fx.ask("92233720368547758.07 USD", "NPR") == Rejected(AmountOutOfRangeError(currency="NPR"))
    assert fx.quote("1.34 NPR", "USD").to_amount == money("0.01 USD")


def test_the_names_of_the_quote_in_the_metadata_are_its_own(fx: FxAdapter) -> None:
    quote = fx.quote()

    for name in ("fxQuoteId", "fxRate"):
        assert fx.move(quote.id, metadata={name: "1"}) == Rejected(
            InvalidRequestError(pointer=f"/metadata/{name}", detail="this name is the quote's")
        )
    full = fx.move(quote.id, metadata={f"name{number}": "" for number in range(31)})
    assert full == Rejected(
        InvalidRequestError(pointer="/metadata", detail="at most 30 entries beside those of the quote")
    )
    assert isinstance(fx.move(quote.id, metadata={f"name{number}": "" for number in range(30)}), Accepted)


@pytest.mark.parametrize("wrong", [None, True, 1.5, "text", "\0", b"bytes", [], {}, object()])
def test_a_value_of_a_wrong_type_is_met_with_a_sentence(fx: FxAdapter, wrong: Any) -> None:
    quote, npr = fx.quote(), Currency.of("NPR")
    transfer = Transfer(fx.dollars.id, fx.rupees.id, quote.from_amount)
    asked, services = RequestQuote(quote.from_amount, npr), fx.services

    for call in (
        lambda: RequestQuote(wrong, npr),
        lambda: RequestQuote(quote.from_amount, wrong),
        lambda: services.give_quote(wrong),
        lambda: services.give_quote(asked, origin=wrong),
        lambda: services.use_quote(wrong, quote.id),
        lambda: services.use_quote(transfer, wrong),
        lambda: services.use_quote(transfer, quote.id, origin=wrong),
        lambda: services.queries.get_quote(wrong),
        lambda: ExchangeRate.of(wrong),
    ):
        with pytest.raises(InvalidRequestError):
            call()
    # Nothing and a name are right there.
    other: Any = 7 if wrong in (None, "text") else wrong
    with pytest.raises(InvalidRequestError):
        services.value_positions.get_report(other)
    with pytest.raises(InvalidRequestError):
        services.queries.get_quote(quote.id, owner_id=other)
    assert fx.balance(fx.dollars) == "1000.00 USD"
